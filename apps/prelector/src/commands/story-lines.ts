import type { StoryEntry } from '@prelector/ledger';

const clock = (at: Date) => at.toISOString().replace('T', ' ').slice(0, 23);

/** Entries that only matter when something went wrong. */
function isNoise(entry: StoryEntry): boolean {
  return (
    entry.kind === 'sighting' || (entry.kind === 'attempt' && /\b(done|deferred|running)$/u.test(entry.what))
  );
}

/** One line of a study's story for a person: time (UTC), what, why. Undefined for bookkeeping. */
export function storyLine(entry: StoryEntry): string | undefined {
  if (isNoise(entry)) return undefined;
  const moved = stateOf(entry.detail);
  const report = entry.detail?.['report'];
  const of = typeof report === 'string' ? ` (${report})` : '';
  const what =
    entry.kind === 'event'
      ? `${entry.subjectKind} ${entry.what}${moved ? ` to ${moved}` : ''}${of}`
      : entry.what;
  return `${clock(entry.at)}  ${what}${entry.why ? `: ${entry.why}` : ''}`;
}

function stateOf(detail: StoryEntry['detail']): string | undefined {
  const after = detail?.['after'] as { state?: unknown } | undefined;
  return typeof after?.state === 'string' ? after.state : undefined;
}

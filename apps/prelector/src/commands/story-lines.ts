import type { StoryEntry } from '@prelector/ledger';
import { personOf } from '@prelector/ledger';

const clock = (at: Date) => at.toISOString().replace('T', ' ').slice(0, 23);

/** Entries that only matter when something went wrong. */
function isNoise(entry: StoryEntry): boolean {
  return (
    entry.kind === 'sighting' || (entry.kind === 'attempt' && /\b(done|deferred|running)$/u.test(entry.what))
  );
}

/** One line of a study's story for a person: time (UTC), what, by whom, why. Undefined for bookkeeping. */
export function storyLine(entry: StoryEntry): string | undefined {
  if (isNoise(entry)) return undefined;
  const what =
    entry.kind === 'notice' ? noticeWords(entry) : entry.kind === 'event' ? eventWords(entry) : entry.what;
  return `${clock(entry.at)}  ${what}${entry.why ? `: ${entry.why}` : ''}`;
}

function noticeWords({ what, detail }: StoryEntry): string {
  const [controlId, feed] = [textOf(detail, 'controlId'), textOf(detail, 'feed')];
  return feed ? `${what} (${controlId || 'without control id'} of feed ${feed})` : what;
}

function eventWords({ subjectKind, what, who, detail }: StoryEntry): string {
  const [before, after] = [partOf(detail, 'before'), partOf(detail, 'after')];
  const state = textOf(after, 'state') ?? textOf(after, 'readingState');
  const report = textOf(detail, 'report');
  const order = textOf(after, 'order') ?? textOf(before, 'order');
  const message = textOf(detail, 'message');
  const person = who === null ? undefined : personOf(who);
  // Who holds a study says where it was found wrong: trigger, analysis or results.
  const holder = state === 'held' || what.startsWith('held for') ? (who ?? undefined) : undefined;
  const by = person ?? holder;
  return [
    `${subjectKind} ${what}${state ? ` to ${state}` : ''}`,
    ...(report ? [`(${report})`] : []),
    ...(order ? [`(order ${order})`] : []),
    ...(by ? [`by ${by}`] : []),
    ...(message ? [`by message ${message}`] : []),
  ].join(' ');
}

function partOf(detail: StoryEntry['detail'], name: string): StoryEntry['detail'] {
  return (detail?.[name] ?? null) as StoryEntry['detail'];
}

function textOf(detail: StoryEntry['detail'], name: string): string | undefined {
  const value = detail?.[name];
  return typeof value === 'string' ? value : undefined;
}

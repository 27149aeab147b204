import type { StoryEntry } from '@prelector/ledger';
import { personOf } from '@prelector/ledger';

const clock = (at: Date) => at.toISOString().replace('T', ' ').slice(0, 23);

/** Entries that only matter when something went wrong; what was put off without a fault, too. */
function isNoise({ kind, what, detail }: StoryEntry): boolean {
  if (kind !== 'attempt') return kind === 'sighting';
  return (
    /\b(done|running)$/u.test(what) || (what.endsWith('deferred') && textOf(detail, 'code') === undefined)
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

/** Attempts of one step that were put off one after the other for the same cause. */
interface PutOff {
  readonly first: StoryEntry;
  last: StoryEntry;
  /** What the row did since the last of them: begin anew, if another one follows. */
  since: Told[];
}

interface Told {
  readonly entry: StoryEntry;
  putOff?: PutOff;
  isRepeat?: boolean;
}

/**
 * The lines of a story. While a node is away a step is put off every half minute: attempts that end so for one cause
 * are one line, and what their row did in between is none.
 */
export function entryLines(entries: readonly StoryEntry[]): string[] {
  const told: Told[] = [];
  const open = new Map<string, PutOff>();
  for (const entry of entries) {
    const one: Told = { entry };
    told.push(one);
    const row = entry.kind === 'attempt' ? textOf(entry.detail, 'row') : entry.subjectId;
    const known = row === undefined ? undefined : open.get(row);
    if (row === undefined || isNoise(entry)) continue;
    if (entry.kind === 'attempt' && entry.what.endsWith('deferred')) {
      if (known?.first.why === entry.why && known.first.subjectId === entry.subjectId) {
        for (const each of known.since) each.isRepeat = true;
        one.isRepeat = true;
        known.last = entry;
        known.since = [];
      } else {
        one.putOff = { first: entry, last: entry, since: [] };
        open.set(row, one.putOff);
      }
    } else if (known && entry.kind === 'event' && isBeginning(entry)) known.since.push(one);
    else open.delete(row);
  }
  return told.flatMap(({ entry, putOff, isRepeat }) =>
    isRepeat ? [] : ((putOff && putOff.first !== putOff.last ? putOffLine(putOff) : storyLine(entry)) ?? []),
  );
}

/** A run or a delivery that begins an attempt, or is brought back to where one begins. */
function isBeginning({ what, detail }: StoryEntry): boolean {
  const state = textOf(partOf(detail, 'after'), 'state');
  return what === 'moved' && ['pending', 'running', 'attempted'].includes(state ?? '');
}

function putOffLine({ first, last }: PutOff): string {
  const [step = '', , from = ''] = first.what.split(' ');
  const to = last.what.split(' ')[2] ?? '';
  return `${clock(first.at)}  ${step} attempts ${from} to ${to} deferred, the last at ${clock(last.at)}: ${first.why ?? ''}`;
}

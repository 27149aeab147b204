import { describe, expect, it } from '@jest/globals';
import type { StoryEntry } from '@prelector/ledger';
import { entryLines, storyLine } from './story-lines.js';

const entry = (change: Partial<StoryEntry>): StoryEntry => ({
  at: new Date('2026-11-27T08:00:00Z'),
  kind: 'event',
  subjectKind: 'study',
  subjectId: '1',
  who: 'trigger',
  what: 'moved',
  why: null,
  detail: null,
  ...change,
});
const line = (change: Partial<StoryEntry>) =>
  storyLine(entry(change))?.slice('2026-11-27 08:00:00.000  '.length);

describe('a line of a story', () => {
  it('says which person did it, and which part of Prelector held a study', () => {
    const to = (state: string) => ({ after: { state } });
    expect(line({ who: 'person:pat', detail: to('complete'), why: 'seen' })).toBe(
      'study moved to complete by pat: seen',
    );
    expect(line({ who: 'results', detail: to('held'), why: 'identity' })).toBe(
      'study moved to held by results: identity',
    );
    expect(line({ who: 'analysis', what: 'held for a further reason' })).toBe(
      'study held for a further reason by analysis',
    );
    expect(line({ detail: to('watching') })).toBe('study moved to watching');
  });

  it('says which order and which message made a change', () => {
    const detail = { after: { readingState: 'final', order: '7' }, message: 'ORU^R01 M1 of feed ris' };
    expect(line({ what: 'reading moved', detail, why: 'as the order says' })).toBe(
      'study reading moved to final (order 7) by message ORU^R01 M1 of feed ris: as the order says',
    );
    expect(line({ what: 'no longer joined', detail: { before: { order: '7' } } })).toBe(
      'study no longer joined (order 7)',
    );
  });

  it('says which message was taken', () => {
    const what = 'hl7 ORM^O01 notice used';
    expect(line({ kind: 'notice', what, detail: { controlId: 'M1', feed: 'ris' } })).toBe(
      'hl7 ORM^O01 notice used (M1 of feed ris)',
    );
    expect(line({ kind: 'notice', what, detail: { controlId: '', feed: 'ris' } })).toBe(
      'hl7 ORM^O01 notice used (without control id of feed ris)',
    );
    expect(line({ kind: 'notice', what: 'poll notice used', detail: { node: 'pacs' } })).toBe(
      'poll notice used',
    );
  });

  it('is none of bookkeeping', () => {
    expect(line({ kind: 'sighting' })).toBeUndefined();
    expect(line({ kind: 'attempt', what: 'observe attempt 1 done' })).toBeUndefined();
    expect(line({ kind: 'attempt', what: 'observe attempt 1 failed' })).toBe('observe attempt 1 failed');
    expect(line({ kind: 'attempt', what: 'observe attempt 1 deferred', why: 'not due' })).toBeUndefined();
  });
});

describe('the lines of a story', () => {
  const cause = 'The PACS could not be reached.';
  const at = (second: number) => new Date(Date.UTC(2026, 10, 27, 8, 0, second));
  const moved = (second: number, state: string, why: string | null = null) =>
    entry({ at: at(second), subjectKind: 'run', subjectId: 'r', detail: { after: { state } }, why });
  const attempt = (second: number, number: number, end: string, why: string | null) =>
    entry({
      at: at(second),
      kind: 'attempt',
      subjectKind: 'step',
      subjectId: 's',
      what: `run attempt ${number} ${end}`,
      why,
      detail: { row: 'r', ...(why ? { code: 'dicomweb.unreachable' } : {}) },
    });

  it('tell an outage once, with its cause, its beginning and its end, and every other cause beside it', () => {
    const other = `${cause} It is left alone.`;
    const lines = entryLines([
      moved(0, 'running'),
      attempt(1, 1, 'deferred', cause),
      moved(20, 'pending', cause),
      moved(20, 'running'),
      attempt(21, 2, 'deferred', cause),
      moved(40, 'pending', cause),
      moved(40, 'running'),
      attempt(41, 3, 'deferred', cause),
      moved(50, 'pending', cause),
      moved(50, 'running'),
      attempt(51, 4, 'deferred', other),
      moved(55, 'pending', other),
      moved(55, 'running'),
      attempt(56, 5, 'done', null),
      moved(56, 'done'),
    ]);
    expect(lines.map((each) => each.slice('2026-11-27 08:00:'.length))).toEqual([
      '00.000  run moved to running',
      `01.000  run attempts 1 to 3 deferred, the last at 2026-11-27 08:00:41.000: ${cause}`,
      `50.000  run moved to pending: ${cause}`,
      '50.000  run moved to running',
      `51.000  run attempt 4 deferred: ${other}`,
      `55.000  run moved to pending: ${other}`,
      '55.000  run moved to running',
      '56.000  run moved to done',
    ]);
  });

  it('tell again what happened in between, where it was more than another attempt', () => {
    const lines = entryLines([
      attempt(1, 1, 'deferred', cause),
      moved(2, 'held', 'Patient ID differs'),
      attempt(3, 2, 'deferred', cause),
    ]);
    expect(lines).toHaveLength(3);
  });
});

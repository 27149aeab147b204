import { describe, expect, it } from '@jest/globals';
import type { StoryEntry } from '@prelector/ledger';
import { storyLine } from './story-lines.js';

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
  });
});

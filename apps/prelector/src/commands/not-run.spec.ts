import { describe, expect, it } from '@jest/globals';
import type { StoryEntry } from '@prelector/ledger';
import { notRunLines } from './not-run.js';

const entry = (kind: StoryEntry['kind'], what: string, why: string | null): StoryEntry => ({
  at: new Date(0),
  kind,
  subjectKind: 'study',
  subjectId: '1',
  who: null,
  what,
  why,
  detail: null,
});

describe('rules that made no run', () => {
  it('are told with their reasons, as each was last asked', () => {
    const entries = [
      entry('event', 'skip by rule none', 'is no verdict'),
      entry('verdict', 'skip by rule lungs', 'incomplete input: 4 images, fewer than 20'),
      entry('verdict', 'run by rule brains', 'the only series that fits'),
      entry('verdict', 'skip by rule livers', 'the rule is off'),
      entry('verdict', 'run by rule lungs', 'the only series that fits'),
      entry('verdict', 'skip by rule brains', 'Rescale Type (0028,1054) is "MGML", not HU'),
    ];
    expect(notRunLines({ entries })).toEqual([
      'no run by rule brains: Rescale Type (0028,1054) is "MGML", not HU',
      'no run by rule livers: the rule is off',
    ]);
  });

  it('are none where no rule has the node as its source, and that is the line', () => {
    const why = 'no rule has this PACS node as its source';
    expect(notRunLines({ entries: [entry('verdict', 'skip', why)] })).toEqual([`no run: ${why}`]);
  });
});

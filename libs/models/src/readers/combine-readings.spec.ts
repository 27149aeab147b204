import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '@prelector/findings';
import { combineReadings } from './combine-readings.js';

const reading = (outcome: Outcome, name: string = outcome) => ({
  outcome,
  summary: `${name} said.`,
  groups: [],
  notes: [`note of ${name}`],
  artifacts: [{ digest: name, mediaType: 'a/b', content: new Uint8Array() }],
});

describe('several readings of one run', () => {
  it.each<[Outcome[], Outcome]>([
    [['measured'], 'measured'],
    [['negative', 'positive'], 'positive'],
    [['measured', 'negative'], 'negative'],
    [['failed', 'positive'], 'positive'],
    [['failed', 'measured'], 'measured'],
    [['failed', 'negative'], 'failed'],
    [['failed', 'negative', 'measured'], 'measured'],
    [['failed', 'failed'], 'failed'],
    [[], 'failed'],
  ])('of %j come to %s, so that nothing is called absent that was not looked for', (outcomes, together) => {
    expect(combineReadings(outcomes.map((each) => reading(each))).outcome).toBe(together);
    expect(combineReadings(outcomes.toReversed().map((each) => reading(each))).outcome).toBe(together);
  });

  it('lose none of what each says', () => {
    const both = combineReadings([reading('measured', 'one'), reading('positive', 'two')]);
    expect(both.summary).toBe('one said. two said.');
    expect(both.notes).toEqual(['note of one', 'note of two']);
    expect(both.artifacts.map(({ digest }) => digest)).toEqual(['one', 'two']);
  });
});

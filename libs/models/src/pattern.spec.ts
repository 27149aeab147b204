import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstMatch, matchesPattern } from './pattern.js';

describe('matchesPattern', () => {
  it.each([
    ['B31f', 'b3?F', true],
    ['B31f', 'B3', false],
    ['Br40d\\3', 'Br40*', true],
    ['STANDARD', 'STAND*RD*', true],
    ['', '*', true],
    ['', '?', false],
    ['L', 'L', true],
    ['LUNG', 'L', false],
    ['a.c', 'abc', false],
  ])('%s against %s is %s', (text, pattern, expected) => {
    expect(matchesPattern(text, pattern)).toBe(expected);
  });

  it('agrees with the regular expression of the same meaning', () => {
    const letter = fc.constantFrom('A', 'B', '*', '?');
    const text = fc.string({ unit: fc.constantFrom('A', 'B'), maxLength: 12 });
    fc.assert(
      fc.property(text, fc.string({ unit: letter, maxLength: 8 }), (value, pattern) => {
        const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesPattern(value, pattern)).toBe(new RegExp(`^${source}$`, 'u').test(value));
      }),
    );
  });

  it('ends quickly on a pattern that would make a regular expression search for ever', () => {
    expect(matchesPattern('A'.repeat(20_000), `${'*A'.repeat(30)}B`)).toBe(false);
  });
});

describe('firstMatch', () => {
  it('gives the place of the first pattern that any value matches', () => {
    expect(firstMatch(['Br40d', '3'], ['B31f', 'Br4*'])).toBe(1);
    expect(firstMatch([], ['*'])).toBe(-1);
  });
});

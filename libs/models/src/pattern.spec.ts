import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyMatches, matchesPattern, placeOf } from './pattern.js';

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

describe('placeOf', () => {
  it.each([
    ['one of one', ['B31f'], ['STANDARD', 'B3?f'], 1],
    ['none of one', ['B80f'], ['B3?f'], -1],
    ['a sharp one before a smooth one', ['B80f', 'B30f'], ['B3?f'], -1],
    ['a smooth one before a sharp one', ['B30f', 'B80f'], ['B3?f'], -1],
    ['the worst of several', ['B30f', 'STANDARD'], ['B3?f', 'STANDARD'], 1],
    ['the worst of several, in any order', ['STANDARD', 'B30f'], ['B3?f', 'STANDARD'], 1],
    ['a list value by value', ['Br40d', '3'], ['B31f', 'Br4*\\?'], 1],
    ['a list value by value, not across them', ['Br40d', 'B80f'], ['Br4*\\?'], -1],
    ['no list of another length', ['Br40d', '3', '1'], ['Br4*\\?'], -1],
    ['no value at all', [], ['*'], -1],
  ])('takes %s', (_what, values, patterns, expected) => {
    expect(placeOf(values, patterns)).toBe(expected);
  });
});

describe('anyMatches', () => {
  it('is true of one value among others, and of a list value by value', () => {
    expect(anyMatches(['CHEST', 'HEAD'], ['HEAD'])).toBe(true);
    expect(anyMatches(['CHEST', 'HEAD'], ['CHEST\\HEAD'])).toBe(true);
    expect(anyMatches(['CHEST'], ['HEAD', 'CHEST\\*'])).toBe(false);
    expect(anyMatches([], ['*'])).toBe(false);
  });
});

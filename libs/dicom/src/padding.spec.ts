import { describe, expect, it } from '@jest/globals';
import { withoutPadding } from './padding.js';

describe('withoutPadding', () => {
  it.each([
    ['', ''],
    ['  \0', ''],
    ['a', 'a'],
    [' a b \0 \0', ' a b'],
    ['a\t ', 'a\t'],
  ])('makes of %j %j', (text, expected) => {
    expect(withoutPadding(text)).toBe(expected);
  });

  it('takes as long as the text is, also for spaces with something behind them', () => {
    const text = `x${' '.repeat(2_000_000)}x`;
    expect(withoutPadding(text)).toHaveLength(text.length);
    expect(withoutPadding(`${text} `)).toHaveLength(text.length);
  });
});

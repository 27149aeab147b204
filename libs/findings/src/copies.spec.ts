import { describe, expect, it } from '@jest/globals';
import { hasMoreImages } from './copies.js';

const of = (counts: Record<string, number | undefined>) =>
  Object.entries(counts).map(([seriesInstanceUid, instances]) => ({
    seriesInstanceUid,
    modality: 'CT',
    instances,
  }));

describe('another copy of a study', () => {
  it.each([
    { what: 'an image more of the series', other: { a: 5 }, own: { a: 4 }, more: true },
    { what: 'an image less of the series', other: { a: 4 }, own: { a: 5 }, more: false },
    { what: 'the same', other: { a: 5, b: 2 }, own: { b: 2, a: 5 }, more: false },
    { what: 'the series, which one lacks', other: { a: 5 }, own: { b: 9 }, more: true },
    { what: 'the series no more', other: { b: 9 }, own: { a: 5 }, more: false },
    {
      what: 'more of the series and less of another',
      other: { a: 5, b: 1 },
      own: { a: 4, b: 9 },
      more: true,
    },
    {
      what: 'less of the series and more of another',
      other: { a: 4, b: 9 },
      own: { a: 5, b: 1 },
      more: false,
    },
    { what: 'a series more', other: { a: 5, b: 1 }, own: { a: 5 }, more: true },
    {
      what: 'more of one and less of another series',
      other: { a: 5, b: 1 },
      own: { a: 5, c: 1 },
      more: false,
    },
    { what: 'no count of the series', other: { a: undefined }, own: { a: 4 }, more: false },
  ])('that has $what: $more', ({ other, own, more }) => {
    expect(hasMoreImages(of(other), of(own), 'a')).toBe(more);
  });
});

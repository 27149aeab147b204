import { describe, expect, it } from '@jest/globals';
import { tags } from '@prelector/dicom';
import { statedCount } from './stated-count.js';

const tag = tags.NumberOfSeriesRelatedInstances;

describe('statedCount', () => {
  it.each([1, 5, '5', ' 250 '])('is %p where that is stated', (value) => {
    expect(statedCount({ [tag]: { vr: 'IS', Value: [value] } }, tag)).toBe(Number(value));
  });

  it.each([0, -1, 4.5, 1e308, 'many', '', null])('is none where %p is stated', (value) => {
    expect(statedCount({ [tag]: { vr: 'IS', Value: [value] } }, tag)).toBeUndefined();
  });

  it('is none where nothing is stated', () => {
    expect(statedCount({}, tag)).toBeUndefined();
  });
});

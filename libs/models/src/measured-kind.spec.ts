import { describe, expect, it } from '@jest/globals';
import { ctSeries, manifestWith, plainManifest } from './images.testing.js';
import { contradictedUnit, impossibleMeasurement } from './measured-kind.js';
import { checkManifest } from './package.js';
import { findingsOf } from './readings.testing.js';
import { isUcum } from './ucum.js';

const unit = (value: string) => ({ value, scheme: 'UCUM', meaning: 'any' });
const volume = { value: '118565006', scheme: 'SCT', meaning: 'Volume' };

describe('a concept and its unit', () => {
  it.each(["[hnsf'U]", 'mm', 'ML', '1', '%', 'kg'])('is no volume in %s', (value) => {
    expect(contradictedUnit(volume, unit(value))).toMatch(/Volume is a volume, and `.*` is no unit of one/u);
    const [group] = plainManifest.groups;
    const [first] = group?.measurements ?? [];
    const groups = [
      { ...group, measurements: [{ ...first, unit: { ...unit(value), meaning: 'of its own' } }] },
    ];
    expect(() => checkManifest({ ...plainManifest, groups })).toThrow(/groups\.0\.measurements\.0\.unit: /u);
  });

  it.each(['mL', 'L', 'cm3', 'mL{lung}'])('is a volume in %s', (value) => {
    expect(contradictedUnit(volume, unit(value))).toBeUndefined();
  });

  it('has no unit of 0', () => expect([isUcum('0'), isUcum('1'), isUcum('10')]).toEqual([false, true, true]));
});

describe('a number that no body has', () => {
  it.each<[number, string, boolean, RegExp]>([
    [-12.3, 'mL', false, /^below zero, which no volume is$/u],
    [-12.3, 'mL', true, /^below zero/u],
    [1e30, 'mL', false, /^more than any volume/u],
    [1e4, 'L', false, /^more than any volume/u],
    [-0.1, 'mm', false, /^below zero/u],
    [-1, 'cm2', false, /^below zero/u],
    [-1, '%', false, /^below zero/u],
    [-5000, "[hnsf'U]", false, /^less than any attenuation/u],
  ])('is %d %s', (value, code, signed, words) => {
    expect(impossibleMeasurement(value, unit(code), signed)).toMatch(words);
  });

  it.each<[number, string, boolean]>([
    [0, 'mL', false],
    [5123, 'mL', false],
    [-850, "[hnsf'U]", false],
    [-4, '%', true],
    [-4, '1', false],
    [-3, 'mm', true],
  ])('is not %d %s', (value, code, signed) => {
    expect(impossibleMeasurement(value, unit(code), signed)).toBeUndefined();
  });

  it('is never valid, whatever the manifest declares, and its statement does not tell it', () => {
    const outputs = { volume_ml: -12.3, mean_hu: -800, first_slice: 0, last_slice: 0 };
    const series = { seriesInstanceUid: '1.2', modality: 'CT', why: 'alone', instances: [] };
    const [group] = plainManifest.groups;
    const bare = group?.measurements.map((each) => ({ ...each, conditions: [] }));
    for (const given of [manifestWith(), manifestWith({ groups: [{ ...group, measurements: bare }] })]) {
      const { groups } = findingsOf(given, outputs, { series, sample: ctSeries(2) });
      const [first] = groups[0]?.measurements ?? [];
      expect(first?.valid).toBe(false);
      expect(first?.conditions.at(-1)?.statement).toBe('Volume below zero, which no volume is');
    }
  });
});

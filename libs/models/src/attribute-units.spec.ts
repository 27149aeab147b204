import { describe, expect, it } from '@jest/globals';
import { attributesWithUnit, unitOfAttribute, wrongUnit } from './attribute-units.js';
import { unreadableBy } from './condition-problems.js';
import { ctSeries, plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';
import { findingsOf } from './readings.testing.js';

describe('the unit of an attribute', () => {
  it.each(attributesWithUnit)('is known of %s, which holds numbers', (keyword) => {
    expect(unreadableBy(keyword, 'number')).toBeUndefined();
    expect(wrongUnit(keyword, unitOfAttribute(keyword) as string)).toBeUndefined();
  });

  it.each([
    ['SliceThickness', 'cm', '`SliceThickness` is in mm, and not in cm'],
    ['KVP', 'mm', '`KVP` is in kV, and not in mm'],
    ['SpiralPitchFactor', 'mm', 'no unit of `SpiralPitchFactor` is known'],
    ['ConvolutionKernel', 'mm', 'no unit of `ConvolutionKernel` is known'],
  ])('of %s is not %s, as fact or condition', (attribute, unit, message) => {
    const test = attribute === 'ConvolutionKernel' ? { oneOf: ['B*'] } : { maximum: 10 };
    const conditions = [...plainManifest.conditions, { id: 'more', label: 'more', attribute, unit, ...test }];
    expect(() => checkManifest({ ...plainManifest, conditions })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`conditions.5.unit: ${message}`) }),
    );
    const facts = [{ attribute, unit, label: 'More' }];
    expect(() => checkManifest({ ...plainManifest, facts })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`facts.0.unit: ${message}`) }),
    );
  });

  it('is printed where the manifest states none', () => {
    const manifest = checkManifest({
      ...plainManifest,
      conditions: plainManifest.conditions.map(({ unit: _unit, ...each }: { unit?: unknown }) => each),
      facts: [{ attribute: 'SliceThickness', label: 'Slice thickness' }],
    });
    const outputs = { volume_ml: 5, mean_hu: -800, first_slice: 0, last_slice: 0 };
    const series = { seriesInstanceUid: '1.2', modality: 'CT', why: 'alone', instances: [] };
    const { facts, groups } = findingsOf(manifest, outputs, {
      series,
      sample: ctSeries(2, { SliceThickness: 1.25 }),
    });
    expect(facts[0]).toEqual({ name: 'Slice thickness', value: '1.25 mm' });
    expect(groups[0]?.measurements[1]?.conditions[0]?.statement).toBe(
      'slice thickness 1.25 mm (validated at most 1.5 mm)',
    );
  });
});

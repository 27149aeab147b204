import { describe, expect, it } from '@jest/globals';
import { findingsSchema } from '@prelector/findings';
import { ctSeries, manifestWith } from './images.testing.js';
import { numbersOfOutputs } from './output-numbers.js';
import { numberOutputNames } from './read-findings.js';
import { findingsOf } from './readings.testing.js';

const manifest = manifestWith();
const outputs = { volume_ml: 5, mean_hu: -850.4, first_slice: 0, last_slice: 0 };
const series = {
  seriesInstanceUid: '1.2.3.4',
  modality: 'CT',
  why: 'the only series that fits',
  instances: [{ sopClassUid: '1.2', sopInstanceUid: '1.2.3.100000' }],
};
const read = (changes: Record<string, unknown> = {}, numbers: Record<string, number> = outputs) =>
  findingsOf(manifest, numbers, { series, sample: ctSeries(3, changes), notes: ['a remark'] });

describe('readFindings', () => {
  it('gives a document that the schema of findings takes unchanged', () => {
    const findings = read();
    expect(findingsSchema.parse(findings)).toEqual(findings);
    expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
  });

  it('marks measurements valid when all of their own conditions are met', () => {
    const findings = read();
    expect(findings.outcome).toBe('measured');
    expect(findings.groups[0]?.measurements.map(({ key, valid }) => [key, valid])).toEqual([
      ['air-volume', true],
      ['mean-density', true],
    ]);
    expect(findings.summary).toBe(
      'Air volume: 2 measurements, each within the conditions it was validated for.',
    );
  });

  it('keeps the outcome measured, and marks only what depends on the condition, outside of it', () => {
    const findings = read({ SliceThickness: 5 });
    expect(findings.outcome).toBe('measured');
    const [volume, density] = findings.groups[0]?.measurements ?? [];
    expect(volume?.valid).toBe(true);
    expect(density?.valid).toBe(false);
    expect(density?.conditions).toContainEqual({
      id: 'slice-thickness',
      state: 'not-met',
      statement: 'slice thickness 5 mm (validated at most 1.5 mm)',
    });
    expect(findings.summary).toBe(
      'Air volume: 2 measurements, 1 of them outside the conditions validated for.',
    );
  });

  it('calls nothing valid for which no conditions are declared, and says so', () => {
    const [group] = manifest.groups;
    const undeclared = {
      ...group,
      measurements: group?.measurements.map((each) => ({ ...each, conditions: [] })),
    };
    const bare = manifestWith({ conditions: [], groups: [undeclared] });
    const findings = findingsOf(bare, outputs, { series, sample: ctSeries(3) });
    expect(findings.groups[0]?.measurements.map(({ valid }) => valid)).toEqual([null, null]);
    expect(findings.summary).toBe(
      'Air volume: 2 measurements, the model declares no conditions for any of them.',
    );
    expect(findingsSchema.parse(findings)).toEqual(findings);
    const [first, ...others] = group?.measurements ?? [];
    const mixed = manifestWith({
      groups: [{ ...group, measurements: [{ ...first, conditions: [] }, ...others] }],
    });
    expect(findingsOf(mixed, outputs, { series, sample: ctSeries(3, { SliceThickness: 5 }) }).summary).toBe(
      'Air volume: 2 measurements, 1 of them outside the conditions validated for; the model declares no conditions for 1 of them.',
    );
  });

  it('states lossy compression and multi-energy images, whatever the manifest asks for', () => {
    const facts = (changes: Record<string, unknown>) =>
      read(changes).facts.filter(({ name }) => ['Lossy compression', 'Multi-energy'].includes(name));
    const lossy = {
      LossyImageCompression: '01',
      LossyImageCompressionRatio: '20',
      LossyImageCompressionMethod: 'ISO_14495_1',
    };
    expect(facts(lossy)).toEqual([{ name: 'Lossy compression', value: 'yes, method ISO_14495_1, ratio 20' }]);
    expect(
      facts({ ImageType: ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'], MonoenergeticEnergyEquivalent: 70 }),
    ).toEqual([
      { name: 'Lossy compression', value: 'none stated' },
      { name: 'Multi-energy', value: 'virtual monoenergetic image at 70 keV (Image Type (0008,0008) VMI)' },
    ]);
  });

  it('says of a fact that cannot be read that it cannot', () => {
    expect(read({ KVP: '120,0' }).facts[1]?.value).toBe('unreadable: `120,0`');
  });

  it('counts an unknown condition as not met', () => {
    const [, density] = read({ ConvolutionKernel: undefined }).groups[0]?.measurements ?? [];
    expect(density?.valid).toBe(false);
  });

  it('never prints a measurement in summary, facts, notes or statements', () => {
    const findings = read({ SliceThickness: 5 }, { ...outputs, volume_ml: 4711, mean_hu: -777 });
    const texts = JSON.stringify([
      findings.summary,
      findings.facts,
      findings.notes,
      findings.groups[0]?.measurements.map(({ conditions }) => conditions),
    ]);
    expect(texts).not.toMatch(/4711|777/u);
  });

  it('states every fact, with its unit, and those that the images do not state', () => {
    expect(read().facts).toEqual([
      { name: 'Convolution kernel', value: 'B31f' },
      { name: 'KVP', value: '120 kV' },
      { name: 'Contrast agent', value: 'not stated' },
      { name: 'Lossy compression', value: 'none stated' },
    ]);
    expect(read({ ContrastBolusAgent: 'X' }).facts[2]?.value).toBe('X');
    expect(read({ KVP: '120.00' }).facts[1]?.value).toBe('120 kV');
  });

  it('says that contrast was not stated, and keeps the remarks of the input', () => {
    expect(read().notes).toEqual(['a remark', 'contrast agent not stated, which counts as none']);
  });

  it('makes a remark of a number that could not be computed, and fails when there is none at all', () => {
    const partly = read({}, { ...outputs, mean_hu: Number.NaN });
    expect(partly.outcome).toBe('measured');
    expect(partly.groups[0]?.measurements).toHaveLength(1);
    expect(partly.notes).toContain(
      'Air (Lung): Attenuation Coefficient (Mean) could not be computed on these images',
    );
    const none = read({}, { ...outputs, volume_ml: Number.NaN, mean_hu: Infinity });
    expect(none).toMatchObject({ outcome: 'failed', groups: [] });
    expect(findingsSchema.parse(none)).toEqual(none);
  });

  it('refuses outputs that lack a measurement', () => {
    expect(() => read({}, { first_slice: 0, last_slice: 0, volume_ml: 1 })).toThrow(
      expect.objectContaining({ code: 'model.output-missing' }),
    );
  });
});

describe('numberOutputNames', () => {
  it('names each output that a measurement or a condition reads, once', () => {
    expect(numberOutputNames(manifest)).toEqual(['volume_ml', 'mean_hu', 'first_slice', 'last_slice']);
  });
});

describe('numbersOfOutputs', () => {
  it('reads scalars and one-element tensors of any type, and refuses others', () => {
    expect(
      numbersOfOutputs({
        a: { type: 'float32', dims: [], data: Float32Array.of(1.5) },
        b: { type: 'int64', dims: [1], data: BigInt64Array.of(7n) },
      }),
    ).toEqual({ a: 1.5, b: 7 });
    expect(() =>
      numbersOfOutputs({ a: { type: 'float32', dims: [2], data: Float32Array.of(1, 2) } }),
    ).toThrow(expect.objectContaining({ code: 'model.output-not-a-number' }));
  });
});

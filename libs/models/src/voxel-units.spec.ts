import { describe, expect, it } from '@jest/globals';
import { manifestWith, rescaledManifest } from './images.testing.js';
import { valueWarnings } from './voxel-units.js';

const ucum = (value: string, meaning = 'of its own') => ({ value, scheme: 'UCUM', meaning });
const own = (meaning: string) => ({ value: 'OWN', scheme: '99TEST', meaning });
const measuring = (measurement: object) => ({
  groups: [
    {
      key: 'whole',
      label: 'Whole volume',
      measurements: [
        {
          key: 'mean',
          output: 'mean',
          concept: own('Mean of the voxels'),
          unit: ucum('1', 'no units'),
          decimals: 1,
          conditions: [],
          ...measurement,
        },
      ],
    },
  ],
});
const condition = (members: object) => ({
  conditions: [{ id: 'asked', label: 'asked', output: 'mean', maximum: 1, ...members }],
});
const units = (oneOf: string[]) => ({
  conditions: [{ id: 'units', label: 'units', attribute: 'Units', oneOf }],
});
const pet = { selection: { modality: ['PT'] } };

describe('a package of rescaled values', () => {
  it.each<[string, object]>([
    ['groups.0.measurements.0.unit', measuring({ unit: ucum("[hnsf'U]", 'Hounsfield unit') })],
    ['groups.0.measurements.0.unit', measuring({ unit: ucum("[hnsf'U].mL") })],
    ['groups.0.measurements.0.concept', measuring({ concept: own('Low attenuation area below -950 HU') })],
    ['groups.0.measurements.0.method', measuring({ method: own('Threshold in Hounsfield units') })],
    ['conditions.0.unit', { ...measuring({}), ...condition({ unit: 'HU' }) }],
    ['conditions.0.unit', { ...measuring({}), ...condition({ unit: "[hnsf'U]" }) }],
    ['conditions.0.validated', { ...measuring({}), ...condition({ validated: 'below 100 HU' }) }],
  ])('measures and judges nothing in Hounsfield units: %s', (path, changes) => {
    const input = { ...(changes as Record<string, unknown>) };
    expect(() => rescaledManifest({}, input)).toThrow(
      expect.objectContaining({
        code: 'model.manifest-invalid',
        message: expect.stringMatching(
          new RegExp(
            `${path.replaceAll('.', String.raw`\.`)}: it is of Hounsfield units.*state .values: HU`,
            'u',
          ),
        ),
      }),
    );
  });

  it.each([
    ['mL', 'milliliter'],
    ['mm', 'millimeter'],
    ['%', 'Percent'],
    ['1', 'no units'],
    ['cm2', 'square centimeter'],
    ['/mm', 'per millimeter'],
    ['10*-3.mm2/s', 'diffusion'],
  ])('measures in %s, which voxels of any unit may come to', (unit, meaning) => {
    const given = { conditions: [], ...measuring({ unit: ucum(unit, meaning) }) };
    expect(rescaledManifest(pet, given).groups[0]?.measurements[0]?.unit.value).toBe(unit);
  });

  it('measures in Hounsfield units where it reads nothing else', () => {
    expect(manifestWith().groups[0]?.measurements[1]?.unit.value).toBe("[hnsf'U]");
  });
});

describe('a package of PET', () => {
  it.each<[string, object, string]>([
    ['Bq/mL', { unit: ucum('Bq/mL') }, 'BQML'],
    ['kBq/ml', { unit: ucum('kBq/ml') }, 'BQML'],
    ['MBq', { unit: ucum('MBq', 'megabecquerel') }, 'BQML'],
    ['g/mL', { unit: ucum('g/mL') }, 'GML'],
    ['g{SUVbw}/mL', { unit: ucum('g{SUVbw}/mL') }, 'GML'],
    ['cm2/mL', { unit: ucum('cm2/mL') }, 'CM2ML'],
    ['SUV by its concept', { concept: own('SUVmax') }, 'GML'],
    ['SUV by its unit', { unit: ucum('{SUVbw}') }, 'GML'],
  ])(
    'measures no %s unless a condition of the measurement asks for the Units',
    (_what, measurement, term) => {
      const given = (conditions: object, named: string[]) => () =>
        rescaledManifest(pet, {
          ...measuring({ ...measurement, conditions: named }),
          ...(conditions as Record<string, unknown>),
        });
      const refusal = expect.objectContaining({
        code: 'model.manifest-invalid',
        message: expect.stringContaining('add a condition `attribute: Units` with `oneOf: ['),
      });
      expect(given({ conditions: [] }, [])).toThrow(refusal);
      expect(given(units([term]), [])).toThrow(refusal);
      expect(given(units([term, 'CNTS']), ['units'])).toThrow(refusal);
      expect(given(units(['*']), ['units'])).toThrow(refusal);
      expect(given(units([term]), ['units'])).not.toThrow();
    },
  );

  it('alone, or with scintigraphy, measures activity', () => {
    const concentration = { conditions: [], ...measuring({ unit: ucum('kBq/mL') }) };
    expect(() => rescaledManifest({}, concentration)).toThrow(
      /images of CT show no activity: state another unit/u,
    );
    expect(() => rescaledManifest({ selection: { modality: ['NM'] } }, concentration)).not.toThrow();
  });

  it('asks nothing of a package that reads no PET', () => {
    const density = { conditions: [], ...measuring({ unit: ucum('g/mL') }) };
    expect(() => rescaledManifest({}, density)).not.toThrow();
  });
});

describe('valueWarnings', () => {
  const places = (manifest: Parameters<typeof valueWarnings>[0]) =>
    valueWarnings(manifest).map(({ path }) => path);
  const reading = (modality: string[]) => {
    const manifest = manifestWith();
    return {
      ...manifest,
      input: { ...manifest.input, selection: { ...manifest.input.selection, modality } },
    };
  };

  it('doubts Hounsfield units of modalities that have none', () => {
    expect(places(reading(['MR']))).toEqual(['input.volume.values']);
    expect(places(reading(['PT', 'NM']))).toEqual(['input.volume.values']);
    expect(places(reading(['CT', 'PT']))).toEqual([]);
    expect(places(reading(['CT']))).toEqual([]);
  });

  it('says that whole numbers round rescaled values', () => {
    expect(places(rescaledManifest({ volume: { type: 'int16' } }))).toEqual(['input.volume.type']);
    expect(places(rescaledManifest({ volume: { type: 'float32' } }))).toEqual([]);
  });
});

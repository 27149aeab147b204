import { describe, expect, it } from '@jest/globals';
import { manifestWith, rescaledManifest } from './images.testing.js';
import { valueWarnings } from './model-inputs.js';

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
    ['{lesions}', 'lesions'],
    ['mm2', 'square millimeter'],
    ['s', 'second'],
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
    ['mL/min/g', { unit: ucum('mL/min/g') }, 'MLMING'],
    ['mL/(100.g.min)', { unit: ucum('mL/(100.g.min)') }, 'MLMING'],
    ['umol/min/mL', { unit: ucum('umol/min/mL') }, 'UMOLMINML'],
    ['umol/(100.g)/min', { unit: ucum('umol/(100.g)/min') }, 'UMOLMINML'],
    ['mg/min/mL', { unit: ucum('mg/min/mL') }, 'MGMINML'],
    ['umol/mL', { unit: ucum('umol/mL') }, 'UMOLML'],
    ['mL/mL', { unit: ucum('mL/mL') }, 'MLML'],
    ['mL/cm3', { unit: ucum('mL/cm3') }, 'MLML'],
    ['cm3/cm3', { unit: ucum('cm3/cm3') }, 'MLML'],
    ['Hz', { unit: ucum('Hz') }, 'CPS'],
    ['{cps}', { unit: ucum('{cps}') }, 'CPS'],
    ['% of the dose', { unit: ucum('%{ID}') }, 'BQML'],
    ['mL/g', { unit: ucum('mL/g') }, 'MLG'],
    ['mL/min/mL', { unit: ucum('mL/min/mL') }, 'MLMINML'],
    ['/min', { unit: ucum('/min') }, 'MLMINML'],
    ['/s', { unit: ucum('/s') }, 'CPS'],
    ['counts', { unit: ucum('{counts}') }, 'CNTS'],
    ['counts per second', { unit: ucum('{counts}/s') }, 'CPS'],
    ['attenuation', { concept: own('Linear attenuation coefficient'), unit: ucum('/cm') }, '1CM'],
    ['g', { unit: ucum('g') }, 'GML'],
    ['% of the dose per gram', { unit: ucum('%/g') }, 'BQML'],
    ['kg/L', { unit: ucum('kg/L') }, 'GML'],
    ['total lesion glycolysis', { concept: own('Total Lesion Glycolysis') }, 'GML'],
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
      expect(given(units([term, 'NONE']), ['units'])).toThrow(refusal);
      expect(given(units(['*']), ['units'])).toThrow(refusal);
      expect(given(units([term]), ['units'])).not.toThrow();
    },
  );

  it('alone, or with scintigraphy, measures activity', () => {
    const concentration = { conditions: [], ...measuring({ unit: ucum('kBq/mL') }) };
    expect(() => rescaledManifest({}, concentration)).toThrow(
      /images of CT show no activity: state another unit/u,
    );
    const asking = { ...measuring({ unit: ucum('kBq/mL'), conditions: ['units'] }), ...units(['BQML']) };
    expect(() => rescaledManifest({ selection: { modality: ['NM'] } }, asking)).not.toThrow();
  });

  it('takes scintigraphy for counts, and for nothing else, where no condition asks for the Units', () => {
    const of = (code: string, modality: string[]) => () =>
      rescaledManifest({ selection: { modality } }, { conditions: [], ...measuring({ unit: ucum(code) }) });
    for (const code of ['{counts}', '{counts}/s', '/s']) expect(of(code, ['NM'])).not.toThrow();
    for (const code of ['kBq/mL', 'g/mL', 'mL/min/g']) {
      expect(of(code, ['NM'])).toThrow(/images of NM may hold another unit: add a condition/u);
    }
    expect(of('{counts}', ['NM', 'PT'])).toThrow(/images of NM or PT may hold another unit/u);
  });

  it.each(['{count}', '{lesions}', '{ratio}', '{count}/mL'])(
    'asks nothing of what is of no PET, such as a number of lesions: %s',
    (code) => {
      const measured = { conditions: [], ...measuring({ unit: ucum(code) }) };
      expect(() => rescaledManifest(pet, measured)).not.toThrow();
    },
  );

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

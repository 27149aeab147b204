import { describe, expect, it } from '@jest/globals';
import { ctSlice, rescaledManifest } from './images.testing.js';
import { selectSeries } from './selection.js';

type Changes = Record<string, unknown>;

const manifest = rescaledManifest({ selection: { modality: ['CT', 'PT'] } });
const select = (of: (index: number) => Changes, given = manifest) =>
  selectSeries(given, [
    {
      seriesInstanceUid: '1.1',
      instances: Array.from({ length: 12 }, (_, index) => ctSlice(index, of(index))),
    },
  ]);
const whyNot = (of: (index: number) => Changes, given = manifest) => select(of, given).rejected[0]?.why;

const mapped = (unit: string) => ({
  RealWorldValueMappingSequence: [{ MeasurementUnitsCodeSequence: [{ CodeValue: unit }] }],
});
const table = (type: string | undefined) => ({
  ModalityLUTSequence: [
    { LUTDescriptor: [1, 0, 16], LUTData: { vr: 'US', Value: [1] }, ModalityLUTType: type },
  ],
  RescaleSlope: undefined,
  RescaleIntercept: undefined,
});
const stored = { RescaleSlope: undefined, RescaleIntercept: undefined };

describe('a volume', () => {
  it.each<[string, Changes, Changes]>([
    ['Units (0054,1001) is "BQML" on some and "CNTS" on others', { Units: 'BQML' }, { Units: 'CNTS' }],
    ['Units (0054,1001) is "BQML" on some and absent on others', { Units: 'BQML' }, {}],
    ['Units (0054,1001) is empty on some and absent on others', { Units: '' }, {}],
    [
      'Units (0054,1001) is "BQML" on some and unreadable, bulk data of VR CS on others',
      { Units: 'BQML' },
      { Units: { vr: 'CS', BulkDataURI: 'http://one/two' } },
    ],
    [
      'Rescale Type (0028,1054) is "HU" on some and "US" on others',
      { RescaleType: 'HU' },
      { RescaleType: 'US' },
    ],
    [
      'Rescale Type (0028,1054) is "HU" on some and absent on others',
      { Modality: 'PT', RescaleType: 'HU' },
      { Modality: 'PT' },
    ],
    [
      'Rescale Type (0028,1054) is "HU" on some and absent on others',
      { MultienergyCTAcquisition: 'YES', RescaleType: 'HU' },
      { MultienergyCTAcquisition: 'YES' },
    ],
    ['Rescale Type (0028,1054) is "US" on some and absent on others', { RescaleType: 'US' }, {}],
    [
      'Rescale Type (0028,1054) is "HU" on some and unreadable, bulk data of VR LO on others',
      { RescaleType: 'HU' },
      { RescaleType: { vr: 'LO', BulkDataURI: 'http://one/two' } },
    ],
    ['Units (0054,1001) is "bqml" on some and "CNTS" on others', { Units: 'bqml' }, { Units: 'CNTS' }],
    ['Rescale Slope (0028,1053) is stated on some and absent on others', {}, stored],
    [
      'Rescale Slope (0028,1053) is stated on some and replaced by a table of which Modality LUT Type (0028,3004) is "OD" on others',
      {},
      table('OD'),
    ],
    [
      'Real World Value Mapping Sequence (0040,9096) is to um2/s on some and to mm2/s on others',
      mapped('um2/s'),
      mapped('mm2/s'),
    ],
  ])('has one unit: %s', (words, one, other) => {
    const why = `images of several units in one volume: ${words}`;
    expect(whyNot((index) => (index % 2 === 0 ? one : other))).toBe(why);
    expect(whyNot((index) => (index < 6 ? one : other))).toBe(why);
    expect(whyNot((index) => (index < 11 ? one : other))).toBe(why);
    expect(select(() => one).outcome).toBe('selected');
  });

  it.each<[string, Changes, Changes]>([
    ['HU, which CT need not state', { RescaleType: 'HU' }, {}],
    ['HU, which CT may leave empty', { RescaleType: 'HU' }, { RescaleType: '' }],
    ['HU, not stated in two ways', { RescaleType: '' }, {}],
    ['HU in another letter case', { RescaleType: 'HU' }, { RescaleType: 'hu' }],
    ['HU of a table in another letter case', table('HU'), table('hu')],
    ['Units in another letter case', { Units: 'BQML' }, { Units: 'bqml' }],
    ['Units with padding', { Units: 'BQML' }, { Units: { vr: 'CS', Value: [' BQML  '] } }],
  ])('has one unit by whatever spelling: %s', (_what, one, other) => {
    for (const values of ['HU', 'rescaled'] as const) {
      const reading = rescaledManifest({ selection: { modality: ['CT', 'PT'] }, volume: { values } });
      expect(whyNot((index) => (index % 2 === 0 ? one : other), reading)).toBeUndefined();
      expect(whyNot((index) => (index === 5 ? one : other), reading)).toBeUndefined();
    }
  });

  it('may be rescaled by another slope on each slice', () => {
    const { outcome } = select((index) => ({ Modality: 'PT', Units: 'BQML', RescaleSlope: 1 + index / 4 }));
    expect(outcome).toBe('selected');
  });

  it('of PET is none of stored values, on some slices or on all', () => {
    const why = 'Rescale Slope (0028,1053) is absent and Rescale Intercept (0028,1052) is absent';
    expect(whyNot(() => ({ Modality: 'PT', ...stored }))).toBe(why);
    expect(whyNot((index) => ({ Modality: 'PT', ...(index === 5 ? stored : {}) }))).toBe(
      `${why} (1 of 12 images)`,
    );
    expect(select(() => stored).outcome).toBe('selected');
  });

  it('of one unit is chosen of a series that holds another of another, where the manifest tells them apart', () => {
    const preferring = rescaledManifest({
      selection: {
        prefer: [{ attribute: 'ConvolutionKernel', values: ['B31f'], reason: 'a smooth kernel' }],
      },
    });
    const kinds = (index: number) => ({
      ImagePositionPatient: [-10, -10, Math.floor(index / 2)],
      SOPInstanceUID: `9.1.${index}`,
      ...(index % 2 === 0
        ? { ConvolutionKernel: 'B31f', RescaleType: 'HU' }
        : { ConvolutionKernel: 'B70f', RescaleType: 'US' }),
    });
    expect(select(kinds, preferring).chosen?.slices).toBe(6);
  });
});

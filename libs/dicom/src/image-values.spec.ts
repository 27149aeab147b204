import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { hounsfieldProblems, pixelValueProblems } from './image-values.js';

const image = (changes: Record<string, unknown> = {}) =>
  buildDataset({
    Modality: 'CT',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 4,
    Columns: 4,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleSlope: '1',
    RescaleIntercept: '-1024',
    ...changes,
  });
const unit = (value: string) => ({ value, scheme: 'UCUM', meaning: value });
const mapping = (value: string, slope = 1, intercept = -1024) => ({
  RealWorldValueMappingSequence: [
    {
      MeasurementUnitsCodeSequence: [unit(value)],
      RealWorldValueSlope: slope,
      RealWorldValueIntercept: intercept,
    },
  ],
});
const lut = (type?: string) => ({
  ModalityLUTSequence: [
    { LUTDescriptor: [1, 0, 16], LUTData: { vr: 'US', Value: [1] }, ModalityLUTType: type },
  ],
  RescaleSlope: undefined,
  RescaleIntercept: undefined,
});
const vmi = { ImageType: ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'] };

describe('hounsfieldProblems', () => {
  it.each<[string, Record<string, unknown>]>([
    ['an absent Rescale Type in CT', {}],
    ['an empty one', { RescaleType: '' }],
    ['HU', { RescaleType: 'HU' }],
    ['HU in another modality', { Modality: 'OT', RescaleType: 'HU' }],
    ['an inverted picture, which changes no value', { PhotometricInterpretation: 'MONOCHROME1' }],
    ['a table of HU', lut('HU')],
    ['a real world value mapping to the same HU', mapping("[hnsf'U]")],
    ['a virtual monoenergetic image that says HU', { ...vmi, RescaleType: 'HU' }],
    ['an absent High Bit', { HighBit: undefined }],
  ])('finds none in %s', (_what, changes) => {
    expect(hounsfieldProblems(image(changes))).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['Rescale Type (0028,1054) is "Z_EFF", not HU', { RescaleType: 'Z_EFF' }],
    ['Rescale Type (0028,1054) is "US", not HU', { RescaleType: 'US' }],
    ['Rescale Type (0028,1054) is "HU\\MGML", not HU', { RescaleType: ['HU', 'MGML'] }],
    ['Rescale Type (0028,1054) is absent, and nothing else says that values are HU', { Modality: 'PT' }],
    ['Rescale Type (0028,1054) is absent, and nothing else says that values are HU', vmi],
    ['Modality LUT Type (0028,3004) is "OD", not HU', lut('OD')],
    ['Modality LUT Type (0028,3004) is absent, and nothing else says that values are HU', lut()],
    ['Real World Value Mapping Sequence (0040,9096) gives mg/mL, not HU', mapping('mg/mL')],
    [
      'Real World Value Mapping Sequence (0040,9096) gives other HU than Rescale Slope (0028,1053) and intercept',
      mapping("[hnsf'U]", 1, 0),
    ],
    [
      'Photometric Interpretation (0028,0004) is "PALETTE COLOR", not MONOCHROME1 or MONOCHROME2',
      { PhotometricInterpretation: 'PALETTE COLOR' },
    ],
    ['Bits Stored (0028,0101) is absent', { BitsStored: undefined, HighBit: undefined }],
  ])('names %s', (problem, changes) => {
    expect(hounsfieldProblems(image(changes))).toEqual([problem]);
  });
});

describe('pixelValueProblems', () => {
  it('asks for no unit, and of float pixels for no bits', () => {
    expect(pixelValueProblems(image({ RescaleType: 'Z_EFF', Modality: 'MR' }))).toEqual([]);
    const float = {
      BitsAllocated: 32,
      BitsStored: undefined,
      HighBit: undefined,
      PixelRepresentation: undefined,
    };
    expect(pixelValueProblems(image(float))).toEqual([]);
  });
});

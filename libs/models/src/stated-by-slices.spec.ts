import { describe, expect, it } from '@jest/globals';
import { ctSeries, ctSlice } from './images.testing.js';
import { contradictedAttribute, statedBySlices } from './stated-by-slices.js';

type Changes = Record<string, unknown>;

const between = (promised: Changes, found: Changes) =>
  contradictedAttribute(
    statedBySlices(ctSeries(6, { RescaleType: 'HU', ...promised })),
    statedBySlices(
      [0, 1, 2, 3, 4, 5].map((z) => ctSlice(z, { RescaleType: 'HU', ...(z === 4 ? found : promised) })),
    ),
  );

const table = (descriptor: number[]) => ({
  ModalityLUTSequence: [{ LUTDescriptor: descriptor, ModalityLUTType: 'HU' }],
});

describe('contradictedAttribute', () => {
  it.each<[string, Changes]>([
    ['00080060', { Modality: 'MR' }],
    ['00200032', { ImagePositionPatient: [-10, -9.9, 4] }],
    ['00200037', { ImageOrientationPatient: [-1, 0, 0, 0, 1, 0] }],
    ['00280030', { PixelSpacing: [0.8, 0.71] }],
    ['00180050', { SliceThickness: 2.5 }],
    ['00280004', { PhotometricInterpretation: 'MONOCHROME1' }],
    ['00280101', { BitsStored: 12 }],
    ['00280103', { PixelRepresentation: 1 }],
    ['00281053', { RescaleSlope: 1.01 }],
    ['00281052', { RescaleIntercept: 0 }],
    ['00281054', { RescaleType: 'HU_MOD' }],
  ])('is %s where one slice states another: %j', (tag, found) => {
    expect(between({}, found)).toBe(tag);
  });

  it('is the body part, of one slice or all, where both state one', () => {
    const head = { BodyPartExamined: 'HEAD' };
    const chest = { BodyPartExamined: 'CHEST' };
    expect(between(chest, head)).toBe('00180015');
    const series = (changes: Changes) => statedBySlices([ctSlice(4, changes)]);
    expect(contradictedAttribute(series(chest), series(head))).toBe('00180015');
    expect(between(chest, chest)).toBeUndefined();
    expect(between({ BodyPartExamined: '' }, head)).toBeUndefined();
    expect(between(chest, { BodyPartExamined: undefined })).toBeUndefined();
  });

  it('is the padding or the lookup table, whose numbers may be read with a sign or without', () => {
    expect(between({ PixelPaddingValue: 63_536 }, { PixelPaddingValue: 10 })).toBe('00280120');
    expect(between({ PixelPaddingValue: 63_536 }, { PixelPaddingValue: -2000 })).toBeUndefined();
    expect(between(table([2, 0, 16]), table([2, 10, 16]))).toBe('00283000');
    expect(between(table([2, 0, 16]), table([2, 0, 16]))).toBeUndefined();
  });

  it.each<[string, Changes, Changes]>([
    ['a decimal spelled another way', { RescaleSlope: 1 }, { RescaleSlope: '1.000000' }],
    [
      'a position rounded',
      { ImagePositionPatient: [-10, -10, 4] },
      { ImagePositionPatient: [-10, -10, 4.004] },
    ],
    ['what only one of both states', {}, { RescaleType: undefined }],
    ['what only the other states', { RescaleType: undefined }, { RescaleType: 'HU' }],
  ])('is none by %s', (_what, promised, found) => {
    const series = (changes: Changes) => statedBySlices([ctSlice(4, { RescaleType: 'HU', ...changes })]);
    expect(contradictedAttribute(series(promised), series(found))).toBeUndefined();
  });
});

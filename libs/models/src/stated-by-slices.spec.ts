import { describe, expect, it } from '@jest/globals';
import { ctSeries, ctSlice } from './images.testing.js';
import { contradictedAttribute, statedBySlices, type StatedBySlices } from './stated-by-slices.js';

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

  it('is an intercept that moves the values by a share of the step between them', () => {
    const small = { RescaleSlope: 1e-6, RescaleIntercept: 0 };
    expect(between(small, { ...small, RescaleIntercept: 1e-8 })).toBe('00281052');
    expect(between({ RescaleIntercept: 0 }, { RescaleIntercept: 0.001 })).toBe('00281052');
  });

  it.each<[string, string, string, string | undefined]>([
    ['as UTF-8, and as Latin-1', 'TÓRAX', 'TÃ\u0093RAX', undefined],
    ['composed, and in pieces', 'TÓRAX', 'TO\u0301RAX', undefined],
    ['with a mark for what cannot be said', 'TÓRAX', 'T?RAX', undefined],
    ['with marks for each byte', 'TÓRAX', 'T\ufffd\ufffdRAX', undefined],
    ['without what cannot be said', 'TÓRAX', 'TRAX', undefined],
    ['in Latin-1, of which a reader of UTF-8 leaves less', 'TÓRAX', 'TAX', undefined],
    ['in Latin-1, with a mark for both', 'TÓRAX', 'T\ufffdAX', undefined],
    ['in Latin-1, of two such characters', 'CORAÇÃO', 'CORAO', undefined],
    ['in Latin-1, of which none takes the next with it', 'ÀNUS', 'US', '00180015'],
    ['less than a reader of UTF-8 leaves', 'TÓRAX', 'AX', '00180015'],
    ['of another letter beside it', 'TÓRAX', 'TÓAX', '00180015'],
    ['of another alphabet, and as Latin-1', 'ГРУДЬ', 'Ð\u0093Ð\u00a0Ð£Ð\u0094Ð¬', undefined],
    ['of another alphabet, and of none', 'ГРУДЬ', 'HEAD', '00180015'],
    ['of two parts', 'TÓRAX', 'CRÂNE', '00180015'],
    ['of two parts, one of them plain', 'TÓRAX', 'HEAD', '00180015'],
    ['plain, of which a question mark is one', 'T?RAX', 'TRAX', '00180015'],
  ])('is no body part whose bytes are read in two ways: %s', (_what, one, other, tag) => {
    const [promised, found] = [one, other].map((BodyPartExamined) =>
      statedBySlices([ctSlice(4, { BodyPartExamined })]),
    ) as [StatedBySlices, StatedBySlices];
    expect(contradictedAttribute(promised, found)).toBe(tag);
    expect(contradictedAttribute(found, promised)).toBe(tag);
  });

  it('is any other text of which a letter is lost', () => {
    expect(between({ RescaleType: 'HÜU' }, { RescaleType: 'H' })).toBe('00281054');
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
    ['an intercept of as good as zero', { RescaleIntercept: 0 }, { RescaleIntercept: '2.22045e-16' }],
    ['one below zero', { RescaleIntercept: 0 }, { RescaleIntercept: '-1.4210855e-14' }],
    [
      'one beside a small slope',
      { RescaleSlope: 1e-6, RescaleIntercept: 0 },
      { RescaleSlope: 1e-6, RescaleIntercept: '1.776357e-15' },
    ],
    ['what only one of both states', {}, { RescaleType: undefined }],
    ['what only the other states', { RescaleType: undefined }, { RescaleType: 'HU' }],
  ])('is none by %s', (_what, promised, found) => {
    const series = (changes: Changes) => statedBySlices([ctSlice(4, { RescaleType: 'HU', ...changes })]);
    expect(contradictedAttribute(series(promised), series(found))).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { paddingOf, paddingProblem } from './pixel-padding.js';

const image = (
  [value, limit]: [number, number?],
  more: { bits?: number; signed?: boolean; photometric?: string } = {},
) => ({
  ...buildDataset({
    BitsAllocated: 16,
    BitsStored: more.bits ?? 12,
    PixelRepresentation: more.signed === true ? 1 : 0,
    PhotometricInterpretation: more.photometric ?? 'MONOCHROME2',
  }),
  '00280120': { vr: 'US', Value: [value] },
  ...(limit === undefined ? {} : { '00280121': { vr: 'US', Value: [limit] } }),
});

describe('padding', () => {
  it.each<[ReturnType<typeof image>, object]>([
    [image([0, 100]), { from: 0, to: 100 }],
    [image([4095, 4000], { photometric: 'MONOCHROME1' }), { from: 4000, to: 4095 }],
    [image([63_536, 63_636], { bits: 16, signed: true }), { from: -2000, to: -1900 }],
    [image([63_536]), { from: 63_536, to: 63_536 }],
    [image([0, 0]), { from: 0, to: 0 }],
    [image([0x8000, 63_536], { signed: true }), { from: -2048, to: -2000 }],
    [image([0xffff, 4000], { photometric: 'MONOCHROME1' }), { from: 4000, to: 4095 }],
  ])('is a range, or a value that no pixel need have: %#', (dataset, range) => {
    expect(paddingOf(dataset)).toEqual(range);
  });

  it.each<[string, ReturnType<typeof image>, RegExp]>([
    [
      'an end beyond Bits Stored above the limit',
      image([0xf000, 300]),
      /61440 and .* 300 are the wrong way/u,
    ],
    [
      'an end beyond Bits Stored, and most values',
      image([300, 0xf000]),
      /300 and .* 61440 are not both .* 0 to 4095 of Bits Stored \(0028,0101\) 12, and take in most/u,
    ],
    [
      'an end beyond signed values, and most of them',
      image([0xf000, 300], { signed: true }),
      /-4096 and .* -2048 to 2047/u,
    ],
    ['every value there is', image([0, 4095]), /leave no value for a pixel/u],
    ['every value there is and more', image([0, 0xffff]), /leave no value for a pixel/u],
    ['a value above its limit', image([4000, 300]), /the wrong way round/u],
    [
      'one above it by the sign',
      image([300, 63_536], { bits: 16, signed: true }),
      /300 and .* -2000 are the/u,
    ],
  ])('is refused for a range of %s', (_what, dataset, problem) => {
    expect(paddingProblem(dataset)).toMatch(problem);
    expect(paddingProblem(dataset)).toMatch(
      /Pixel Padding Value \(0028,0120\) .*Pixel Padding Range Limit \(0028,0121\)/u,
    );
    expect(() => paddingOf(dataset)).toThrow(expect.objectContaining({ code: 'dicom.attribute-unusable' }));
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import type { DecodedFrame } from './decoded-frame.js';
import { decodePixels } from './decode-pixels.js';
import { pixelDataOf } from './pixel-data.js';

const decode = (attributes: Record<string, unknown>, value: Uint8Array, vr = 'OW', frame = 0) => {
  const dataset = buildDataset({ Rows: 1, Columns: 4, BitsAllocated: 16, ...attributes });
  const pixelData = pixelDataOf({ vr, value }, dataset);
  return decodePixels({ meta: {}, dataset, transferSyntaxUid: '1.2.840.10008.1.2.1', pixelData }, frame);
};
const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
const pixelsOf = (frame: DecodedFrame) => Array.from(frame.pixels);

describe('native pixel data', () => {
  it('extends the sign of 12 stored bits and masks what lies above them', async () => {
    const frame = await decode(
      { BitsStored: 12, HighBit: 11, PixelRepresentation: 1 },
      words(0x0fff, 0xf7ff, 0x0800, 5),
    );
    expect(pixelsOf(frame)).toEqual([-1, 2047, -2048, 5]);
    expect(frame).toMatchObject({ signed: true, bitsStored: 12, rows: 1, columns: 4 });
  });

  it('masks an overlay above unsigned bits, and shifts bits that are stored high', async () => {
    const masked = await decode({ BitsStored: 12, HighBit: 11 }, words(0xffff, 0x1001, 0, 7));
    expect(pixelsOf(masked)).toEqual([4095, 1, 0, 7]);
    const shifted = await decode({ BitsStored: 12, HighBit: 15 }, words(0xfff0, 0x0010, 0x0005, 0x0070));
    expect(pixelsOf(shifted)).toEqual([4095, 1, 0, 7]);
  });

  it('gives a view, not a copy, of what can be used as it is', async () => {
    const value = words(1, 2, 3, 4);
    const frame = await decode({}, value);
    expect(frame.pixels.buffer).toBe(value.buffer);
    const odd = new Uint8Array(9);
    odd.set(value, 1);
    expect(pixelsOf(await decode({}, odd.subarray(1)))).toEqual([1, 2, 3, 4]);
  });

  it('unpacks single bits, of frames that begin inside a byte too', async () => {
    const attributes = { Rows: 1, Columns: 5, BitsAllocated: 1, BitsStored: 1, NumberOfFrames: 2 };
    const value = Uint8Array.of(0b10110001, 0b00000010);
    expect(pixelsOf(await decode(attributes, value, 'OB', 0))).toEqual([1, 0, 0, 0, 1]);
    expect(pixelsOf(await decode(attributes, value, 'OB', 1))).toEqual([1, 0, 1, 0, 1]);
  });

  it('interleaves planes of colour, and upsamples YBR_FULL_422', async () => {
    const colour = { Columns: 2, BitsAllocated: 8, SamplesPerPixel: 3 };
    const planes = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(pixelsOf(await decode({ ...colour, PlanarConfiguration: 1 }, planes))).toEqual([1, 3, 5, 2, 4, 6]);
    const halved = await decode(
      { ...colour, PhotometricInterpretation: 'YBR_FULL_422' },
      Uint8Array.of(10, 20, 30, 40),
    );
    expect(pixelsOf(halved)).toEqual([10, 30, 40, 20, 30, 40]);
    expect(halved.photometricInterpretation).toBe('YBR_FULL');
  });

  it('reads 8 and 32 bits and floating point', async () => {
    const bytes = new Uint8Array(Int32Array.of(-1, 70_000, 0, 1).buffer);
    expect(pixelsOf(await decode({ BitsAllocated: 32, PixelRepresentation: 1 }, bytes))).toEqual([
      -1, 70_000, 0, 1,
    ]);
    expect(
      pixelsOf(await decode({ BitsAllocated: 8, PixelRepresentation: 1 }, Uint8Array.of(255, 1, 2, 3))),
    ).toEqual([-1, 1, 2, 3]);
    const floats = new Uint8Array(Float32Array.of(0.5, -1, 2, 3).buffer);
    expect(pixelsOf(await decode({ BitsAllocated: undefined }, floats, 'OF'))).toEqual([0.5, -1, 2, 3]);
  });

  it.each([
    ['dicom.pixel-data-mismatch', { Rows: 0 }],
    ['dicom.pixel-data-mismatch', { SamplesPerPixel: 7 }],
    ['dicom.pixel-data-mismatch', { BitsAllocated: 12 }],
    ['dicom.pixel-data-mismatch', { BitsStored: 17 }],
    ['dicom.pixel-data-mismatch', { BitsStored: 12, HighBit: 3 }],
    ['dicom.pixel-data-mismatch', { Columns: 5 }],
    ['dicom.pixel-data-mismatch', { NumberOfFrames: 2 }],
    ['dicom.too-large', { Rows: 65_535, Columns: 65_535 }],
  ])('refuses with %s what %p makes of four words', async (code, attributes) => {
    await expect(decode(attributes, words(1, 2, 3, 4))).rejects.toMatchObject({ code });
  });

  it.each([
    { what: 'a byte', behind: [7], fits: true },
    { what: 'three zeros', behind: [0, 0, 0], fits: true },
    { what: 'two bytes that are no padding', behind: [0, 1], fits: false },
    { what: 'four zeros', behind: [0, 0, 0, 0], fits: false },
    { what: 'a row', behind: [1, 0, 1, 0], fits: false },
  ])('of pixel data with $what more than the attributes say: read is $fits', async ({ behind, fits }) => {
    const bytes = Uint8Array.from([...words(1, 2, 3, 4), ...behind]);
    if (fits) expect(pixelsOf(await decode({}, bytes))).toEqual([1, 2, 3, 4]);
    else await expect(decode({}, bytes)).rejects.toMatchObject({ code: 'dicom.pixel-data-mismatch' });
  });

  it('refuses a frame that is not there and an object without pixels', async () => {
    await expect(decode({}, words(1, 2, 3, 4), 'OW', 1)).rejects.toMatchObject({
      code: 'dicom.no-such-frame',
    });
    const part10 = { meta: {}, dataset: {}, transferSyntaxUid: '1.2' };
    await expect(decodePixels(part10)).rejects.toMatchObject({ code: 'dicom.no-pixel-data' });
  });
});

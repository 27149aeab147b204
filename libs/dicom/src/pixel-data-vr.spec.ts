import { describe, expect, it } from '@jest/globals';
import { decodePixels } from './decode-pixels.js';
import { element, file } from './raw-elements.testing.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const LITTLE = '1.2.840.10008.1.2.1';
const BIG = '1.2.840.10008.1.2.2';

/** A file of two pixels with the pixel data that are given. */
function twoPixels(bits: number, syntax: string, ...pixelData: Uint8Array[]): Uint8Array {
  const littleEndian = syntax !== BIG;
  const word = (value: number) => (littleEndian ? [value, 0] : [0, value]);
  const image: readonly [string, number][] = [
    [tags.SamplesPerPixel, 1],
    [tags.Rows, 1],
    [tags.Columns, 2],
    [tags.BitsAllocated, bits],
    [tags.BitsStored, bits],
    [tags.HighBit, bits - 1],
    [tags.PixelRepresentation, 0],
  ];
  const header = image.map(([tag, value]) => element(tag, 'US', word(value), { littleEndian }));
  return file(syntax, ...header, ...pixelData);
}

/** Whole numbers of so many bits, lowest byte first or last. */
function whole(bits: number, littleEndian: boolean, ...values: number[]): number[] {
  return values.flatMap((value) => {
    const bytes = Array.from({ length: bits / 8 }, (_, index) => Math.floor(value / 256 ** index) % 256);
    return littleEndian ? bytes : bytes.toReversed();
  });
}

const read = async (bytes: Uint8Array) => Array.from((await decodePixels(readPart10(bytes))).pixels);

describe('Pixel Data under a VR out of place', () => {
  it.each(['OW', 'OF', 'OD', 'OL', 'OV', 'US', 'UL', 'FL'])('are whole numbers as %s too', async (vr) => {
    for (const [bits, syntax] of [
      [32, LITTLE],
      [16, LITTLE],
      [32, BIG],
      [16, BIG],
    ] as const) {
      const littleEndian = syntax !== BIG;
      const value = whole(bits, littleEndian, 1000, 7);
      const bytes = twoPixels(bits, syntax, element(tags.PixelData, vr, value, { littleEndian }));
      expect(await read(bytes)).toEqual([1000, 7]);
    }
  });

  it.each(['OB', 'UN'])('are refused as %s in big endian above 8 bits, by that VR', async (vr) => {
    const big = { littleEndian: false };
    for (const bits of [16, 32]) {
      const value = whole(bits, false, 1000, 7);
      await expect(async () =>
        read(twoPixels(bits, BIG, element(tags.PixelData, vr, value, big))),
      ).rejects.toMatchObject({
        code: 'dicom.pixel-data-mismatch',
        message: expect.stringContaining(`Pixel Data (7FE0,0010) is of VR ${vr} and big endian`),
      });
    }
    expect(await read(twoPixels(8, BIG, element(tags.PixelData, vr, [200, 7], big)))).toEqual([200, 7]);
    expect(await read(twoPixels(16, LITTLE, element(tags.PixelData, vr, whole(16, true, 1000, 7))))).toEqual([
      1000, 7,
    ]);
  });

  it.each(['OW', 'OD', 'OV'])('of 64 bits are refused as %s, by the name of Bits Allocated', async (vr) => {
    const bytes = twoPixels(64, LITTLE, element(tags.PixelData, vr, whole(64, true, 1000, 7)));
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringContaining('Bits Allocated (0028,0100) is 64'),
    });
  });
});

it.each(['OF', 'OW', 'OB', 'UN'])('Float Pixel Data are floating point as %s too', async (vr) => {
  const value = new Uint8Array(Float32Array.of(0.5, -3).buffer);
  expect(await read(twoPixels(32, LITTLE, element(tags.FloatPixelData, vr, value)))).toEqual([0.5, -3]);
});

it.each(['OD', 'OW', 'OF'])('Double Float Pixel Data are floating point as %s too', async (vr) => {
  const value = new Uint8Array(Float64Array.of(0.5, -3).buffer);
  expect(await read(twoPixels(64, LITTLE, element(tags.DoubleFloatPixelData, vr, value)))).toEqual([0.5, -3]);
});

it('pixel data in two attributes are refused, whichever is the last', async () => {
  const floats = element(tags.FloatPixelData, 'OF', new Uint8Array(Float32Array.of(0.5, -3).buffer));
  const integers = element(tags.PixelData, 'OW', whole(32, true, 1000, 7));
  for (const both of [
    [floats, integers],
    [integers, floats],
  ]) {
    await expect(read(twoPixels(32, LITTLE, ...both))).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringMatching(/more than one is there of Pixel Data \(7FE0,0010\), Float Pixel Data/u),
    });
  }
});

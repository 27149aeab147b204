import { describe, expect, it } from '@jest/globals';
import type { PixelLayout } from './decoded-frame.js';
import { decodeRle } from './rle.js';

const layout = (rows: number, columns: number, bits = 8): PixelLayout => ({
  rows,
  columns,
  samplesPerPixel: 1,
  bitsAllocated: bits,
  bitsStored: bits,
  highBit: bits - 1,
  signed: false,
  planar: false,
  photometricInterpretation: 'MONOCHROME2',
});

/** A stream of segments, with no padding but what they hold. */
function stream(...segments: readonly (readonly number[])[]): Uint8Array {
  const header = new Uint8Array(64);
  const view = new DataView(header.buffer);
  view.setUint32(0, segments.length, true);
  let start = header.length;
  segments.forEach((segment, index) => {
    view.setUint32(4 + index * 4, start, true);
    start += segment.length;
  });
  return Uint8Array.from([...header, ...segments.flat()]);
}

/** Rows of so many equal bytes, each a run of its own as PS3.5 G.3.1 wants it. */
const rowsOf = (rows: number, columns: number, value: number) =>
  Array.from({ length: rows }, () => [257 - columns, value]).flat();

const refusal = expect.objectContaining({
  code: 'dicom.pixel-data-mismatch',
  message: expect.stringMatching(/holds more than Rows \(0028,0010\) and Columns \(0028,0011\) say/u),
});

describe('decodeRle', () => {
  it.each<[string, number, number]>([
    ['a row less', 9, 12],
    ['a column less', 10, 11],
    ['half of the rows', 5, 12],
    ['a pixel less in each way', 9, 11],
  ])('refuses a stream of 10 x 12 pixels where the attributes say %s', (_what, rows, columns) => {
    const picture = rowsOf(10, 12, 7);
    expect(decodeRle(stream(picture), layout(10, 12))).toEqual(new Uint8Array(120).fill(7));
    expect(() => decodeRle(stream(picture), layout(rows, columns))).toThrow(refusal);
    // The air around a patient is a few bytes to a row, and zero where no sign is stored.
    expect(() => decodeRle(stream(rowsOf(10, 12, 0)), layout(rows, columns))).toThrow(refusal);
    expect(() => decodeRle(stream(picture, picture), layout(rows, columns, 16))).toThrow(refusal);
  });

  it.each<[string, number[]]>([
    ['a run that reaches past the last pixel', [253, 1, 253, 2]],
    ['literal bytes that reach past it', [253, 1, 3, 2, 2, 2, 9]],
    ['one byte that is no zero', [253, 1, 254, 2, 0, 9]],
    ['two zeros', [253, 1, 254, 2, 255, 0]],
    ['zeros and another byte behind them', [253, 1, 254, 2, 0, 0, 0, 0, 0, 7]],
    ['a row of zeros, and zeros behind it', [253, 1, 254, 2, 250, 0, 0, 0]],
    ['literal bytes that are cut off', [253, 1, 254, 2, 9, 5, 5, 5]],
  ])('refuses %s, in any segment', (_what, segment) => {
    const sound = [253, 1, 254, 2];
    expect(() => decodeRle(stream(segment), layout(1, 7))).toThrow(refusal);
    expect(() => decodeRle(stream(segment, sound), layout(1, 7, 16))).toThrow(refusal);
    expect(() => decodeRle(stream(sound, segment), layout(1, 7, 16))).toThrow(refusal);
  });

  it.each<[string, number[]]>([
    ['none', []],
    ['the zero to an even length', [0]],
    ['zeros to a multiple of four', [0, 0, 0]],
    ...[4, 5, 8, 16, 512].map((count): [string, number[]] => [
      `${count} zeros`,
      Array<number>(count).fill(0),
    ]),
    ['bytes that mean nothing, and zeros', [128, 128, 0, 0, 0, 0]],
    ['bytes that mean nothing', [128, 128]],
  ])('takes padding behind a segment: %s', (_what, padding) => {
    const segment = [253, 1, 254, 2, ...padding];
    const pixels = [1, 1, 1, 1, 2, 2, 2];
    expect(Array.from(decodeRle(stream(segment), layout(1, 7)))).toEqual(pixels);
    expect(Array.from(decodeRle(stream(segment, segment), layout(1, 7, 16)))).toEqual(
      pixels.flatMap((value) => [value, value]),
    );
  });

  it.each<[string, number[]]>([
    ['a segment that ends early', [253, 1, 255, 2]],
    ['literal bytes cut off', [253, 1, 2, 2, 2]],
    ['a run without its byte', [253, 1, 254]],
  ])('refuses %s as undecodable', (_what, segment) => {
    expect(() => decodeRle(stream(segment), layout(1, 7))).toThrow(
      expect.objectContaining({ code: 'dicom.pixels-undecodable' }),
    );
  });
});

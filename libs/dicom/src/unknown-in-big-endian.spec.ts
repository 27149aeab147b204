import { describe, expect, it } from '@jest/globals';
import { numbersOf, statedNumbers, stringOf } from './dataset.js';
import { modalityLut } from './modality-lut.js';
import { paddingProblem } from './pixel-padding.js';
import { bytesOf, element, file, item } from './raw-elements.testing.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const LITTLE = '1.2.840.10008.1.2.1';
const BIG = '1.2.840.10008.1.2.2';

const read = (syntax: string, tag: string, value: number[], vr = 'UN') =>
  readPart10(file(syntax, element(tag, vr, value, { littleEndian: syntax !== BIG }))).dataset;

describe('a binary value of VR UN', () => {
  it.each<[string, string, number[]]>([
    ['Pixel Padding Value', tags.PixelPaddingValue, [0xf8, 0x30]],
    ['Rows', tags.Rows, [0, 16]],
    ['Bits Stored', tags.BitsStored, [12, 0]],
    ['Pixel Representation', tags.PixelRepresentation, [0, 1]],
    ['Rescale Slope of real world values', tags.RealWorldValueSlope, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['the descriptor of a table', tags.LUTDescriptor, [0, 2, 0, 0, 0, 16]],
  ])(
    'of two or more bytes is read in little endian, and in big endian is unreadable: %s',
    (_what, tag, value) => {
      expect(statedNumbers(read(LITTLE, tag, value), tag).kind).toBe('numbers');
      const big = read(BIG, tag, value);
      expect(statedNumbers(big, tag)).toEqual({ kind: 'unreadable', shape: 'binary of VR UN' });
      expect(numbersOf(big, tag)).toEqual([]);
    },
  );

  it('is the same in big endian where both orders mean the same, and where it is text', () => {
    expect(numbersOf(read(BIG, tags.PixelPaddingValue, [0, 0]), tags.PixelPaddingValue)).toEqual([0]);
    expect(numbersOf(read(BIG, tags.PixelPaddingValue, [5, 5]), tags.PixelPaddingValue)).toEqual([0x505]);
    expect(numbersOf(read(BIG, tags.RescaleSlope, [...Buffer.from('2 ')]), tags.RescaleSlope)).toEqual([2]);
    expect(stringOf(read(BIG, tags.PatientID, [...Buffer.from('A1')]), tags.PatientID)).toBe('A1');
    expect(numbersOf(read(BIG, tags.PixelPaddingValue, [0xf8, 0x30], 'SS'), tags.PixelPaddingValue)).toEqual([
      -2000,
    ]);
  });

  it('refuses what it is needed for in big endian, by its name', () => {
    expect(paddingProblem(read(BIG, tags.PixelPaddingValue, [0xf8, 0x30]))).toBe(
      'Pixel Padding Value (0028,0120) cannot be read as a number: binary of VR UN',
    );
    const lut = (littleEndian: boolean, vr = 'UN') => {
      const order = { littleEndian };
      const words = (...values: number[]) =>
        values.flatMap((value) => (littleEndian ? [value, 0] : [0, value]));
      const table = bytesOf(
        element(tags.LUTDescriptor, 'US', words(2, 0, 16), order),
        element(tags.LUTData, vr, words(10, 20), order),
      );
      const nested = item('FFFEE000', table);
      const length = nested.slice(4, 8).toReversed();
      const inBig = bytesOf([0xff, 0xfe, 0xe0, 0], length, table);
      const body = element(tags.ModalityLUTSequence, 'SQ', littleEndian ? nested : inBig, order);
      return modalityLut(readPart10(file(littleEndian ? LITTLE : BIG, body)).dataset);
    };
    expect(lut(true)).toMatchObject({ kind: 'lut', values: [10, 20] });
    expect(lut(true, 'OB')).toMatchObject({ kind: 'lut', values: [10, 20] });
    expect(lut(false, 'OW')).toMatchObject({ kind: 'lut', values: [10, 20] });
    for (const vr of ['UN', 'OB']) {
      expect(lut(false, vr)).toMatchObject({
        kind: 'problem',
        problem: expect.stringContaining('LUT Data (0028,3006) cannot be read as a number'),
      });
    }
  });
});

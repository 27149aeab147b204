import { describe, expect, it } from '@jest/globals';
import type { DecodedFrame } from '@prelector/dicom';
import fc from 'fast-check';
import { ctSlice } from './images.testing.js';
import { writeValues } from './voxel-values.js';

/** What the standard says, value by value. */
function expected(stored: number, slope: number, intercept: number, padding: number | undefined): number {
  if (stored === padding) return -1024;
  return Math.round(stored * slope + intercept) + 0;
}

const frameOf = (pixels: Int16Array | Uint16Array, bitsStored: number): DecodedFrame => ({
  rows: 1,
  columns: pixels.length,
  samplesPerPixel: 1,
  bitsStored,
  signed: pixels instanceof Int16Array,
  photometricInterpretation: 'MONOCHROME2',
  pixels,
});

describe('writeValues', () => {
  it('gives the same by every short cut as value by value', () => {
    const cases = fc.record({
      signed: fc.boolean(),
      bitsStored: fc.integer({ min: 8, max: 16 }),
      slope: fc.constantFrom(1, 1, 1, 2, 0.5),
      intercept: fc.constantFrom(0, -1024, -1000, 40_000, -0.5),
      padded: fc.boolean(),
      seeds: fc.array(fc.nat(65_535), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(cases, ({ signed, bitsStored, slope, intercept, padded, seeds }) => {
        const span = 2 ** bitsStored;
        const values = seeds.map((seed) => (seed % span) - (signed ? span / 2 : 0));
        const pixels = signed ? Int16Array.from(values) : Uint16Array.from(values);
        const padding = padded ? values[0] : undefined;
        const attributes = ctSlice(0, {
          RescaleSlope: slope,
          RescaleIntercept: intercept,
          PixelRepresentation: signed ? 1 : 0,
          ...(padding === undefined ? {} : { PixelPaddingValue: padding }),
        });
        const target = new Int16Array(values.length);
        const write = () => writeValues(target, frameOf(pixels, bitsStored), attributes, -1024);
        const wanted = values.map((value) => expected(value, slope, intercept, padding));
        if (wanted.some((value) => value < -32768 || value > 32767)) {
          expect(write).toThrow(expect.objectContaining({ code: 'model.values-unusable' }));
          return;
        }
        write();
        expect([...target]).toEqual(wanted);
      }),
    );
  });

  it.each([1, 2])('writes no value for padding that the tensor does not hold, by slope %s', (slope) => {
    const attributes = ctSlice(0, { RescaleSlope: slope, PixelPaddingValue: 250 });
    const frame = frameOf(Uint16Array.of(250, 1000), 12);
    for (const outside of [-99_999, 32_768, -1024.5, Number.NaN]) {
      expect(() => writeValues(new Int16Array(2), frame, attributes, outside)).toThrow(
        expect.objectContaining({
          code: 'model.values-unusable',
          message: expect.stringContaining('the value for padding: int16 holds whole numbers'),
        }),
      );
    }
    expect(() => writeValues(new Float32Array(2), frame, attributes, 1e39)).toThrow(/float32 holds/u);
    const target = new Float32Array(2);
    writeValues(target, frame, attributes, -1024.5);
    expect(target[0]).toBe(-1024.5);
  });

  it.each<[string, Record<string, unknown>]>([
    ['the slope', { RescaleSlope: 1e38 }],
    ['a negative slope', { RescaleSlope: -1e38 }],
    ['the intercept', { RescaleIntercept: 1e39 }],
    ['the padding that it replaces in part', { RescaleSlope: 1e38, PixelPaddingValue: 0 }],
  ])('refuses values that float32 does not hold, by %s', (_what, changes) => {
    const attributes = ctSlice(0, changes);
    for (const frame of [frameOf(Uint16Array.of(0, 1000), 12), frameOf(Int16Array.of(0, 1000), 12)]) {
      expect(() => writeValues(new Float32Array(2), frame, attributes, 0)).toThrow(
        expect.objectContaining({
          code: 'model.values-unusable',
          message: expect.stringMatching(
            /values beyond float32 by Rescale Slope \(0028,1053\) .*Rescale Intercept/u,
          ),
        }),
      );
    }
  });

  it('writes the greatest numbers that float32 holds', () => {
    const greatest = (2 - 2 ** -23) * 2 ** 127;
    const target = new Float32Array(2);
    const attributes = ctSlice(0, { RescaleSlope: greatest, RescaleIntercept: 0 });
    writeValues(target, frameOf(Int16Array.of(1, -1), 12), attributes, 0);
    expect([...target]).toEqual([greatest, -greatest]);
  });

  it('applies a modality LUT', () => {
    const attributes = ctSlice(0, {
      RescaleSlope: undefined,
      RescaleIntercept: undefined,
    });
    const lut = {
      '00283002': { vr: 'US', Value: [3, 10, 16] },
      '00283006': { vr: 'US', Value: [100, 200, 300] },
    };
    attributes['00283000'] = { vr: 'SQ', Value: [lut] };
    const target = new Int16Array(4);
    writeValues(target, frameOf(Uint16Array.of(9, 10, 11, 99), 12), attributes, -1024);
    expect([...target]).toEqual([100, 100, 200, 300]);
  });
});

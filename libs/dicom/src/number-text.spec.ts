import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDs, formatIs } from './number-text.js';

describe('formatDs', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [1e-9 / 3, '3.3333333333e-10'],
    [-1 / 3, '-0.3333333333333'],
    [123_456_789_012_345_680, '1.2345678901e+17'],
    [-1.7976931348623157e308, '-1.79769313e+308'],
  ])('%p is %s', (value, text) => {
    expect(formatDs(value)).toBe(text);
  });

  it('keeps at least nine significant digits of every number, in at most 16 characters', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatDs(value);
        expect(text.length).toBeLessThanOrEqual(16);
        expect(text).toMatch(/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/u);
        const error = Math.abs(Number(text) - value);
        expect(error <= Math.abs(value) * 1e-8 || error <= Number.MIN_VALUE).toBe(true);
      }),
    );
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses %p', (value) => {
    expect(() => formatDs(value)).toThrow(expect.objectContaining({ code: 'dicom.invalid-value' }));
  });
});

describe('formatIs', () => {
  it('writes 32-bit integers', () => {
    expect([formatIs(-(2 ** 31)), formatIs(-0), formatIs(2 ** 31 - 1)]).toEqual([
      '-2147483648',
      '0',
      '2147483647',
    ]);
  });

  it.each([0.5, 2 ** 31, Number.NaN])('refuses %p', (value) => {
    expect(() => formatIs(value)).toThrow(expect.objectContaining({ code: 'dicom.invalid-value' }));
  });
});

import { describe, expect, it } from '@jest/globals';
import { encodeValue, valueProblem } from './encode-value.js';

const encoded = (vr: string, ...values: unknown[]) =>
  Buffer.from(encodeValue('00091001', { vr, Value: values })).toString('latin1');

describe('encodeValue', () => {
  it.each([
    ['UI', ['1.2.3'], '1.2.3\0'],
    ['LO', ['a', null, 'bc'], 'a\\\\bc '],
    ['CS', ['ORIGINAL', 'PRIMARY'], 'ORIGINAL\\PRIMARY'],
    ['DS', [1 / 3, '1.50'], '0.33333333333333\\1.50 '],
    ['IS', [-5, '007'], '-5\\007'],
    ['PN', [{ Alphabetic: 'A^B', Phonetic: 'c' }], 'A^B==c'],
    ['UT', ['a\\b\r\n'], 'a\\b\r\n '],
    ['AT', ['00100020'], '\x10\0\x20\0'],
    ['SS', [-2, 3], '\xfe\xff\x03\0'],
    ['UV', ['18446744073709551615'], '\xff'.repeat(8)],
    ['SV', [-1], '\xff'.repeat(8)],
    ['TM', ['235959.123456'], '235959.123456 '],
    ['DT', ['20240229123000.5+0100'], '20240229123000.5+0100 '],
  ])('writes %s', (vr, values, text) => {
    expect(encoded(vr, ...values)).toBe(text);
  });

  it('pads bytes with a zero', () => {
    expect(encodeValue('7FE00010', { vr: 'OB', bytes: Uint8Array.of(1) })).toEqual(Uint8Array.of(1, 0));
    expect(encodeValue('7FE00010', { vr: 'OB', InlineBinary: 'AQID' })).toEqual(Uint8Array.of(1, 2, 3, 0));
  });

  it.each([
    ['LO', 'x'.repeat(65)],
    ['SH', 'x'.repeat(17)],
    ['PN', { Alphabetic: 'x'.repeat(65) }],
    ['PN', 'a^b^c^d^e^f'],
    ['PN', { Alphabetic: 'a=b' }],
    ['ST', 'x'.repeat(1025)],
    ['UI', '1'.repeat(65)],
    ['UI', '1..2'],
    ['UI', '1.a'],
    ['CS', 'lower'],
    ['CS', 'SEVENTEEN_LETTERS'],
    ['DA', '2024-01-31'],
    ['DA', '20241301'],
    ['TM', '25'],
    ['AS', '28'],
    ['DS', '1.23456789012345678'],
    ['DS', 'wide'],
    ['DS', Number.NaN],
    ['IS', 0.5],
    ['IS', '4294967296'],
    ['LO', 'a\\b'],
    ['LO', 'a\nb'],
    ['LT', 'bell\u0007'],
    ['LO', '\ud800'],
    ['LO', 5],
    ['US', 65_536],
    ['US', -1],
    ['US', '5'],
    ['SS', 40_000],
    ['UL', 1.5],
    ['UV', '-1'],
    ['AT', 'PatientID'],
    ['OB', 'text'],
  ])('refuses %s %p, and does not name the value', (vr, value) => {
    const problem = valueProblem('00104000', { vr, Value: [value] });
    expect(problem).toMatch(/\w/u);
    if (typeof value === 'string') expect(problem).not.toContain(value.slice(0, 40));
  });

  it('counts characters, not bytes', () => {
    expect(valueProblem('00104000', { vr: 'LO', Value: ['山'.repeat(64)] })).toBeUndefined();
    expect(valueProblem('00104000', { vr: 'SH', Value: ['𠮷'.repeat(16)] })).toBeUndefined();
  });

  it('refuses bulk data that were not fetched, and several values of a text', () => {
    expect(valueProblem('7FE00010', { vr: 'OW', BulkDataURI: 'https://a.example/b' })).toBeDefined();
    expect(valueProblem('00104000', { vr: 'LT', Value: ['a', 'b'] })).toBeDefined();
  });
});

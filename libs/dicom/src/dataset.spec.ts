import { describe, expect, it } from '@jest/globals';
import type { Element } from './dataset.js';
import { numberOf, numbersOf, statedNumber, statedNumbers } from './dataset.js';

const read = (element?: Element) => statedNumbers(element ? { '00280030': element } : {}, '00280030');
const values = (...Value: unknown[]) => read({ vr: 'DS', Value });

describe('statedNumbers', () => {
  it.each<[string, unknown[], number[]]>([
    ['text', ['0.70', '+1e-1'], [0.7, 0.1]],
    ['numbers', [0, -3], [0, -3]],
    ['padded text', [' 0.5 ', '.5\0'], [0.5, 0.5]],
  ])('reads %s', (_what, given, expected) => {
    expect(values(...given)).toEqual({ kind: 'numbers', values: expected });
  });

  it.each<[string, Element | undefined]>([
    ['no attribute', undefined],
    ['an empty one', { vr: 'DS' }],
    ['empty values', { vr: 'DS', Value: [null, ''] }],
    ['blanks', { vr: 'DS', Value: ['  '] }],
  ])('calls %s absent', (_what, element) => {
    expect(read(element)).toEqual({ kind: 'absent' });
  });

  it.each<[string, Element, string]>([
    ['a comma', { vr: 'DS', Value: ['-1024,0'] }, '`-1024,0`'],
    ['one bad value of two, skipping none', { vr: 'DS', Value: ['0.7', '0,7'] }, '`0.7\\0,7`'],
    ['an empty value between others', { vr: 'DS', Value: ['1', null, '3'] }, '`1\\\\3`'],
    ['hexadecimal', { vr: 'DS', Value: ['0x10'] }, 'text of 4 characters'],
    ['words, which it does not repeat', { vr: 'LO', Value: ['DOE^JANE'] }, 'text of 8 characters'],
    ['NaN', { vr: 'FD', Value: [Number.NaN] }, '`NaN`'],
    ['a UID', { vr: 'UI', Value: ['1.2'] }, '`1.2`'],
    ['a date', { vr: 'DA', Value: ['20260101'] }, '`20260101`'],
    ['a tag', { vr: 'AT', Value: ['00281053'] }, '`00281053`'],
    ['a sequence', { vr: 'SQ', Value: [{}] }, 'a sequence'],
    ['infinity', { vr: 'DS', Value: ['1e999'] }, '`1e999`'],
    ['bytes', { vr: 'UN', bytes: new Uint8Array(3) }, 'binary of VR UN'],
    ['inline binary', { vr: 'OB', InlineBinary: 'AAAA' }, 'binary of VR OB'],
    ['bulk data', { vr: 'DS', BulkDataURI: 'https://x/y' }, 'bulk data of VR DS'],
    ['a name', { vr: 'PN', Value: [{ Alphabetic: '1' }] }, 'text of 1 character'],
  ])('calls %s unreadable, by its shape', (_what, element, shape) => {
    expect(read(element)).toEqual({ kind: 'unreadable', shape });
  });
});

describe('statedNumber', () => {
  const one = (...Value: unknown[]) => ({ '00281053': { vr: 'DS', Value } });

  it('takes several values for none', () => {
    expect(statedNumber(one('1', '2'), '00281053')).toEqual({ kind: 'unreadable', shape: '`1\\2`' });
    expect(statedNumber(one('1.5'), '00281053')).toEqual({ kind: 'number', value: 1.5 });
    expect(statedNumber({}, '00281053')).toEqual({ kind: 'absent' });
  });

  it('lets one unreadable value make all of them unreadable', () => {
    expect(numbersOf(one('1', 'x', '2'), '00281053')).toEqual([]);
    expect(numberOf(one('1', 'x'), '00281053')).toBeUndefined();
    expect(numberOf(one('1', '2'), '00281053')).toBe(1);
  });
});

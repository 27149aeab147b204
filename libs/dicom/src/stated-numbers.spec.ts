import { describe, expect, it } from '@jest/globals';
import type { Element } from './dataset.js';
import { statedNumbers } from './stated-numbers.js';

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
    ['NaN', { vr: 'FD', Value: [Number.NaN] }, 'text of 3 characters'],
    ['infinity', { vr: 'DS', Value: ['1e999'] }, '`1e999`'],
    ['bytes', { vr: 'UN', bytes: new Uint8Array(3) }, 'binary of VR UN'],
    ['inline binary', { vr: 'OB', InlineBinary: 'AAAA' }, 'binary of VR OB'],
    ['bulk data', { vr: 'DS', BulkDataURI: 'https://x/y' }, 'bulk data of VR DS'],
    ['a name', { vr: 'PN', Value: [{ Alphabetic: '1' }] }, 'text of 1 character'],
  ])('calls %s unreadable, by its shape', (_what, element, shape) => {
    expect(read(element)).toEqual({ kind: 'unreadable', shape });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { derivedUid, isUid, randomUid } from './uid.js';

describe('isUid', () => {
  it.each([
    '1',
    '0',
    '1.2.840.10008.1.2',
    '1.02.003',
    '2.25.329800735698586629295641978511506172918',
    '1'.repeat(64),
  ])('takes %s', (text) => {
    expect(isUid(text)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    '.1',
    '1.',
    '1..2',
    '1.2.',
    '1.2\n',
    ' 1.2',
    '1.2 ',
    '1.x',
    '1/2',
    '١.٢',
    '1'.repeat(65),
  ])('refuses %j', (text) => {
    expect(isUid(text)).toBe(false);
  });

  it.each([undefined, null, 12, ['1.2'], {}])('refuses %j, which is no text', (value) => {
    expect(isUid(value)).toBe(false);
  });

  it('takes what we make', () => {
    fc.assert(fc.property(fc.string(), (key) => isUid(derivedUid(key))));
    expect(isUid(randomUid())).toBe(true);
  });

  it('refuses a long row of numbers at once', () => {
    expect(isUid('1.'.repeat(5_000_000))).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import { decodeText, personNameOf } from './text.js';

const text = (bytes: number[], sets: string[], vr = 'PN') => decodeText(Uint8Array.from(bytes), sets, vr);
const latin1 = (value: string) => Array.from(Buffer.from(value, 'latin1'));

describe('decodeText', () => {
  it.each([
    ['ISO_IR 100', [0xe4], 'ä'],
    ['ISO-IR 100', [0xe4], 'ä'],
    ['ISO_IR 144', [0xbb], 'Л'],
    ['ISO_IR 192', [0xe5, 0xb1, 0xb1], '山'],
    ['UTF-8', [0xe5, 0xb1, 0xb1], '山'],
    ['GB18030', [0xcd, 0xf5], '王'],
    ['', [0xe4], 'ä'],
    ['', [0xc3, 0xa4], 'ä'],
    ['NONSENSE', [0xe4], 'ä'],
  ])('reads %p', (set, bytes, expected) => {
    expect(text(bytes, [set])).toBe(expected);
  });

  it('follows ISO 2022 escapes between several sets, declared or not', () => {
    const bytes = [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42, 0x5e, ...latin1('A')];
    expect(text(bytes, ['', 'ISO 2022 IR 87'])).toBe('山^A');
    expect(text(bytes, ['ISO 2022 IR 6'])).toBe('山^A');
  });

  it('gives something readable for an escape that no set knows', () => {
    expect(text([0x1b, 0x7e, 0x41], ['ISO 2022 IR 87'])).toContain('A');
  });
});

describe('personNameOf', () => {
  it('parts the component groups', () => {
    expect(personNameOf('Yamada^Tarou=山田^太郎=やまだ^たろう')).toEqual({
      Alphabetic: 'Yamada^Tarou',
      Ideographic: '山田^太郎',
      Phonetic: 'やまだ^たろう',
    });
    expect(personNameOf('=山田')).toEqual({ Ideographic: '山田' });
    expect(personNameOf('')).toEqual({});
  });
});

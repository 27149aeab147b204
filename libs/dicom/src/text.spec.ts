import { describe, expect, it } from '@jest/globals';
import { decodeText, personNameOf } from './text.js';

const decoded = (bytes: number[], sets: string[], vr = 'PN') => decodeText(Uint8Array.from(bytes), sets, vr);
const text = (bytes: number[], sets: string[], vr?: string) => decoded(bytes, sets, vr).text;
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

  it('reads Latin-9, and what stands beside empty values of Specific Character Set', () => {
    expect(text([0xa6, 0x69, 0xbe, 0xa4], ['ISO_IR 203'])).toBe('ŠiŸ€');
    expect(text([0x1b, 0x2d, 0x62, 0xa4], ['', 'ISO 2022 IR 203'])).toBe('€');
    expect(text([0xb8, 0xd2], ['ISO_IR 144', ''])).toBe('Ив');
  });

  it('follows escapes beside one declared set, whichever', () => {
    const bytes = [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42];
    for (const set of ['ISO_IR 100', 'ISO_IR 13', 'ISO_IR 192', 'GB18030'])
      expect(text([...latin1('A='), ...bytes], [set])).toBe('A=山');
  });

  it('reads a guess at two bytes under half-width katakana as Shift-JIS', () => {
    expect(text([0x8e, 0x52, 0x93, 0x63], ['ISO_IR 13'])).toBe('山田');
  });

  it('drops nothing of a value', () => {
    expect(text([0xef, 0xbb, 0xbf, 0x31], ['ISO_IR 192'], 'LO')).toBe('\ufeff1');
    expect(text([0xef, 0xbb, 0xbf, 0x31], [], 'LO')).toBe('\ufeff1');
  });

  it('gives something readable for an escape that no set knows', () => {
    expect(text([0x1b, 0x7e, 0x41], ['ISO 2022 IR 87'])).toContain('A');
  });
});

describe('what decodeText is certain of', () => {
  const jis = [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42];
  const korean = [0x1b, 0x24, 0x29, 0x43, 0xfb, 0xf3];

  it.each<[string, number[], string[]]>([
    ['ASCII, whatever is declared', latin1('Doe^Jane'), ['NONSENSE']],
    ['a declared single-byte set', [0xe4], ['ISO_IR 100']],
    ['a term as senders misspell it', [0xe4], ['ISO-IR 100']],
    ['UTF-8', [0xd0, 0x96], ['ISO_IR 192']],
    ['GB18030', [0xcd, 0xf5], ['GB18030']],
    ['GBK', [0xcd, 0xf5], ['GBK']],
    ['half-width katakana', [0xd4, 0xcf], ['ISO_IR 13']],
    ['Latin-9', [0xa6, 0xbe, 0xa4], ['ISO_IR 203']],
    ['Latin-9 by its escape', [0x1b, 0x2d, 0x62, 0xa4], ['', 'ISO 2022 IR 203']],
    ['a set with an empty value behind it', [0xb8], ['ISO_IR 144', '']],
    ['an escape beside one declared set', jis, ['ISO_IR 100']],
    ['an escape beside half-width katakana', [0xd4, ...jis], ['ISO_IR 13']],
    ['an escape beside UTF-8', jis, ['ISO_IR 192']],
    ['UTF-8 in front of a set that does not count', [0xd0, 0x96], ['ISO_IR 192', 'ISO_IR 100']],
    ['a private character that UTF-8 names', [0xee, 0x80, 0x80], ['ISO_IR 192']],
    ['an escape of a declared set', jis, ['', 'ISO 2022 IR 87']],
    ['a set of extensions alone', [...jis, ...latin1('^A')], ['ISO 2022 IR 87']],
    ['a registered escape that is not declared', jis, []],
    ['an escape after each delimiter', [...korean, 0x5e, ...korean], ['', 'ISO 2022 IR 149']],
    [
      'a delimiter that is half a character',
      [0x1b, 0x24, 0x42, 0x5e, 0x5e, 0x1b, 0x28, 0x42],
      ['', 'ISO 2022 IR 87'],
    ],
  ])('%s', (_what, bytes, sets) => {
    expect(decoded(bytes, sets).guessed).toBe(false);
  });

  it.each<[string, number[], string[]]>([
    ['no set, and Latin-1', [0xe4], []],
    ['no set, and what may be UTF-8', [0xc3, 0xa4], []],
    ['the default repertoire, and eight bits', [0xe4], ['ISO_IR 6']],
    ['an unknown set', [0xe4], ['ISO_IR 999']],
    ['bytes that are no UTF-8', [0xe4, 0x41], ['ISO_IR 192']],
    ['a character lost before it came here', [0xef, 0xbf, 0xbd], ['ISO_IR 192']],
    ['a byte without a character in the set', [0xd2], ['ISO_IR 126']],
    ['a control character of the upper half', [0x92], ['ISO_IR 100']],
    ['the upper half without a set for it', [0xe4], ['', 'ISO 2022 IR 87']],
    ['the upper half behind a delimiter', [...korean, 0x5e, 0xfb, 0xf3], ['', 'ISO 2022 IR 149']],
    ['an escape that no set knows', [0x1b, 0x7e, 0x41], ['ISO 2022 IR 87']],
    ['half a character', [0xcd], ['GB18030']],
    ['Shift-JIS under the name of half-width katakana', [0x8e, 0x52, 0x93, 0x63], ['ISO_IR 13']],
    ['two bytes of it that are no controls', [0xe0, 0xa1], ['ISO_IR 13']],
    ['two bytes of it beside extensions', [0xe0, 0xa1, ...jis], ['ISO 2022 IR 13', 'ISO 2022 IR 87']],
    ...Array.from({ length: 10 }, (_, at): [string, number[], string[]] => [
      'a user-defined character of Shift-JIS',
      [0x41, 0xf0 + at, 0x42, 0x42],
      ['ISO_IR 13'],
    ]),
    ['a user-defined row of KS X 1001', [0x1b, 0x24, 0x29, 0x43, 0xc9, 0xa1], ['', 'ISO 2022 IR 149']],
    ['its other one', [0x1b, 0x24, 0x29, 0x43, 0xfe, 0xa1], ['', 'ISO 2022 IR 149']],
    ['an empty cell of GB 2312', [0x1b, 0x24, 0x29, 0x41, 0xa2, 0xab], ['', 'ISO 2022 IR 58']],
    ['a user-defined character of GB18030', [0xaa, 0xa1], ['GB18030']],
    ['UTF-8 that is named behind another set', [0xc3, 0xbc], ['ISO_IR 100', 'ISO_IR 192']],
    ['UTF-8 with a control character, named behind another set', [0xc3, 0x89], ['ISO_IR 100', 'ISO_IR 192']],
    ['an unknown escape beside one declared set', [0x1b, 0x7e, 0x41, 0xe4], ['ISO_IR 100']],
    ['Hangul in four pieces', [0x1b, 0x24, 0x29, 0x43, 0xa4, 0xd4, 0xa4, 0xd4], ['', 'ISO 2022 IR 149']],
  ])('not of %s', (_what, bytes, sets) => {
    expect(decoded(bytes, sets).guessed).toBe(true);
  });
});

describe('personNameOf', () => {
  it('takes spaces off a group, and no other blank', () => {
    expect(personNameOf(' Doe^J = 山\u3000=\u00a0a\ufeff')).toEqual({
      Alphabetic: 'Doe^J',
      Ideographic: '山\u3000',
      Phonetic: '\u00a0a\ufeff',
    });
  });

  it('keeps a fourth component group where the encoder refuses it', () => {
    expect(personNameOf('A=B=C=D')).toEqual({ Alphabetic: 'A', Ideographic: 'B', Phonetic: 'C=D' });
  });

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

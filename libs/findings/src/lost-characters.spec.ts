import { describe, expect, it } from '@jest/globals';
import { isSaidAlike, remaindersOf } from './lost-characters.js';

describe('remaindersOf', () => {
  it.each([
    ['Ł39', '39'],
    ['Ł39', '?39'],
    ['Ł39', '??39'],
    ['Ł39 ', '\ufffd39'],
    ['Ж-Ä1', '-Ä1'],
    ['Ж-Ä1', '-1'],
    ['Ä 94', '94'],
  ])('of %j include %j', (value, rest) => {
    expect(remaindersOf(value)).toContain(rest);
  });

  // As an Orthanc answers that is installed by Debian, by the character sets that a file declares.
  it.each([
    ['A-Ä7é0', 'A--A7-A0', 'ISO 2022 IR 6 and 100'],
    ['A-Ä7é0', 'A--A70', 'ISO 2022 IR 6 and 100, called once'],
    ['Ж93', '-L93', 'ISO 2022 IR 6 and 144'],
    ['Ж93', '\xb693', 'ISO 2022 IR 100 and 144'],
    ['Ж93', '\x1b-L\xb693', 'none, with an escape sequence'],
    ['Ж93', '\xd0\x9693', 'none, in UTF-8'],
    ['A–93', 'A\x9693', 'ISO_IR 100, by Windows'],
    ['김7수0', '$)C7$)C0', 'ISO 2022 IR 6 and 149'],
    ['王7小0', '\xcd\xf57\xd0\xa10', 'ISO 2022 IR 100 and 58'],
    ['日7', '$BF|(J7', 'ISO 2022 IR 6 and 87'],
    ['本70', 'K¥70', 'ISO 2022 IR 13 and 87'],
    ['A本ヤﾔ71', 'AK¥%d71', 'ISO 2022 IR 13 and 87, both'],
    ['本70', 'K', 'ISO 2022 IR 100 and 87, of which a byte divides values'],
    ['丂本70', '$(D0!(B$BK', 'ISO 2022 IR 6, 159 and 87'],
    ['ÄЖ70', '-A-L70', 'ISO 2022 IR 6, 100 and 144'],
  ])('of %j include %j, of a file in %s', (value, rest) => {
    expect(remaindersOf(value)).toContain(rest);
  });

  it('of plain ASCII are none', () => {
    expect(remaindersOf(' A39~ ')).toEqual([]);
  });

  it('are never another number of plain characters', () => {
    for (const value of ['Ł39', 'Ж39', 'Ä39', 'ก39', '김39'])
      for (const other of ['40', '9', 'L39', 'A39', 'Z39', '-39', '039'])
        expect(remaindersOf(value)).not.toContain(other);
  });
});

describe('isSaidAlike', () => {
  it.each(['A97', '', 'P1 -/^=|?[]'])('is true of %j', (value) => {
    expect(isSaidAlike(value)).toBe(true);
  });

  it.each(['Ł29', 'Ä97', 'P~98', 'P\\98', '\u00a598', '\ufffd1', '\u001b-A97', 'A\u007f', 'A\t1'])(
    'is false of %j',
    (value) => {
      expect(isSaidAlike(value)).toBe(false);
    },
  );
});

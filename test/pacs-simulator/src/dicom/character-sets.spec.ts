import { describe, expect, it } from '@jest/globals';
import { decodeExtended, personName } from './character-sets.js';

/** The examples of PS3.5 annexes H to K, as bytes. */
describe('names under several character sets', () => {
  it.each([
    [
      ['', 'ISO 2022 IR 87'],
      'Yamada^Tarou=\u001b$B;3ED\u001b(B^\u001b$BB@O:\u001b(B=\u001b$B$d$^$@\u001b(B^\u001b$B$?$m$&\u001b(B',
      { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    ],
    [
      ['', 'ISO 2022 IR 149'],
      'Hong^Gildong=\u001b$)C\u00fb\u00f3^\u001b$)C\u00d1\u00ce\u00d4\u00d7=\u001b$)C\u00c8\u00ab^\u001b$)C\u00b1\u00e6\u00b5\u00bf',
      { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' },
    ],
    [
      ['', 'ISO 2022 IR 58'],
      'Zhang^XiaoDong=\u001b$)A\u00d5\u00c5^\u001b$)A\u00d0\u00a1\u00b6\u00ab',
      { Alphabetic: 'Zhang^XiaoDong', Ideographic: '张^小东' },
    ],
  ])('are decoded under %j', (sets, text, name) => {
    expect(personName(decodeExtended(sets, Buffer.from(text, 'latin1')) ?? '')).toEqual(name);
  });

  it('of other sets are left to dcmjs', () => {
    expect(decodeExtended(['ISO_IR 100'], Buffer.from('Müller', 'latin1'))).toBeUndefined();
  });
});

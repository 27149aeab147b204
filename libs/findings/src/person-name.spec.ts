import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComparableName } from './identity.js';
import { sameName, sameNameInAnyGroup } from './person-name.js';

const name = (family: string, given: string): ComparableName => ({ family, given });
const yamada: ComparableName = {
  ...name('Yamada', 'Tarou'),
  ideographic: name('山田', '太郎'),
  phonetic: name('やまだ', 'たろう'),
};

const lettersOf = (text: string) => Array.from(text);

/** Letters of the scripts that names are written in, with marks that make other letters among them. */
const letters = fc.constantFrom(
  ...lettersOf('abcżółÄéñIıß'),
  ...lettersOf('Ивановй'),
  ...lettersOf('Διονύσς'),
  ...lettersOf('قبانيل'),
  ...lettersOf('שרוןד'),
  ...lettersOf('山田太郎王小东洪吉'),
  ...lettersOf('やまだがぎヤマダ'),
  ...lettersOf('홍길동'),
  ...['ส', 'ม', 'ชา', 'ย', 'ใจ', 'ดี', 'กุ', 'กู'],
);
const part = fc.array(letters, { minLength: 1, maxLength: 8 }).map((each) => each.join(''));
const names = fc.record({ family: part, given: part });

/** The same name as another system writes it. */
const written: readonly ((text: string) => string)[] = [
  (text) => text.normalize('NFC'),
  (text) => text.normalize('NFD'),
  (text) => text.toUpperCase(),
  (text) => `${text}  `,
  (text) => ` ${text}`,
  (text) => `\u200e${text}\u200f`,
  (text) => text.replace(/[a-z]/gu, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
];

describe('one name, written in two ways', () => {
  it('is the same whatever the case, composition, width and padding', () => {
    fc.assert(
      fc.property(names, fc.constantFrom(...written), fc.constantFrom(...written), (each, first, second) => {
        const other = { family: first(each.family), given: second(each.given) };
        expect(sameName(each, other)).toBe(true);
        expect(sameName(other, each)).toBe(true);
      }),
    );
  });

  it.each<[ComparableName, ComparableName]>([
    [name('Müller', 'Änne'), name('MULLER', 'anne')],
    [name('Świątek', 'Łukasz'), name('SWIATEK', 'LUKASZ')],
    [name('Straße', 'Jørn'), name('STRASSE', 'Jorn')],
    [name('Işık', 'Çavuşoğlu'), name('ISIK', 'CAVUSOGLU')],
    [name('Γιώργος', 'Διονύσιος'), name('ΓΙΩΡΓΟΣ', 'ΔΙΟΝΥΣΙΟΣ')],
    [name("O'Brien", 'Mary-Ann'), name('O BRIEN', 'MARY ANN')],
    [name('Ｓｍｉｔｈ', 'ﾔﾏﾀﾞ'), name('Smith', 'ヤマダ')],
    [yamada, name('YAMADA', 'TAROU')],
    [{ ...name('', ''), ideographic: name('山田', '太郎') }, yamada],
  ])('%j is %j', (first, second) => {
    expect(sameName(first, second)).toBe(true);
    expect(sameName(second, first)).toBe(true);
  });
});

describe('two names', () => {
  it('are two when a letter is left out, at any place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...lettersOf('abcdehnИван山田やま홍길ส')), { minLength: 2 }),
        (each) => {
          const short = each.slice(1).join('');
          fc.pre(short !== each.join(''));
          expect(sameName(name(each.join(''), 'X'), name(short, 'X'))).toBe(false);
        },
      ),
    );
  });

  it.each<[ComparableName, ComparableName]>([
    [name('X', 'Anna'), name('X', 'Hanna')],
    [name('Świątek', 'Łukasz'), name('witek', 'ukasz')],
    [name('Иванов', 'Иван'), name('Петров', 'Иван')],
    [name('やまだ', 'たろう'), name('やまた', 'たろう')],
    [name('กุ', 'ก'), name('กู', 'ก')],
    [name('कि', 'क'), name('कु', 'क')],
    [yamada, { ...yamada, ideographic: name('山田', '次郎') }],
    [yamada, { ...yamada, phonetic: name('やまだ', 'じろう') }],
    [name('???', 'A'), name('---', 'A')],
  ])('%j is not %j', (first, second) => {
    expect(sameName(first, second)).toBe(false);
    expect(sameNameInAnyGroup(first, second)).toBe(false);
  });

  it('in one group each may be the same person, where an order puts its only one first', () => {
    expect(sameNameInAnyGroup(name('山田', '太郎'), yamada)).toBe(true);
    expect(sameName(name('山田', '太郎'), yamada)).toBe(false);
    expect(sameNameInAnyGroup(name('山田', '次郎'), yamada)).toBe(false);
  });
});

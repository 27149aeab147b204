import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComparableName } from './identity.js';
import { compareNames, orderNameDiffers } from './person-name.js';

const name = (family: string, given: string): ComparableName => ({ family, given });
const yamada: ComparableName = {
  ...name('Yamada', 'Tarou'),
  ideographic: name('山田', '太郎'),
  phonetic: name('やまだ', 'たろう'),
};

const lettersOf = (text: string) => Array.from(text);

/** Letters of the scripts that names are written in, with marks that make other letters among them. */
const letters = fc.constantFrom(
  ...lettersOf('abcżółÄéñIß'),
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
        expect(compareNames(each, other)).toBe('same');
        expect(compareNames(other, each)).toBe('same');
        expect(orderNameDiffers(each, other)).toBe(false);
      }),
    );
  });

  it.each<[ComparableName, ComparableName]>([
    [name('Straße', 'Jørn'), name('STRASSE', 'JØRN')],
    [name('Işık', 'Çavuşoğlu'), name('IŞIK', 'ÇAVUŞOĞLU')],
    [name('Nişantaşı', 'İnci'), name('NİŞANTAŞI', 'inci')],
    [name('Διονύσιος', 'Γ'), name('ΔΙΟΝΎΣΙΟΣ', 'γ')],
    [name('Ｓｍｉｔｈ', 'ﾔﾏﾀﾞ'), name('Smith', 'ヤマダ')],
    [yamada, name('YAMADA', 'TAROU')],
    [{ ...name('', ''), ideographic: name('山田', '太郎') }, yamada],
  ])('by two instances is the same: %j and %j', (first, second) => {
    expect(compareNames(first, second)).toBe('same');
    expect(compareNames(second, first)).toBe('same');
  });

  it.each<[ComparableName, ComparableName]>([
    [name('Müller', 'Änne'), name('MULLER', 'anne')],
    [name('Świątek', 'Łukasz'), name('SWIATEK', 'LUKASZ')],
    [name('Straße', 'Jørn'), name('STRASSE', 'Jorn')],
    [name('Işık', 'Çavuşoğlu'), name('ISIK', 'CAVUSOGLU')],
    [name('Γιώργος', 'Διονύσιος'), name('ΓΙΩΡΓΟΣ', 'ΔΙΟΝΥΣΙΟΣ')],
    [name('Королёв', 'Семён'), name('КОРОЛЕВ', 'СЕМЕН')],
    [name('أحمد', 'مُحَمَّد'), name('احمد', 'محمد')],
    [name("O'Brien", 'Mary-Ann'), name('O BRIEN', 'MARY ANN')],
  ])('by a RIS that has fewer letters is the same, and two to instances: %j and %j', (first, second) => {
    expect(orderNameDiffers(first, second)).toBe(false);
    expect(orderNameDiffers(second, first)).toBe(false);
    expect(compareNames(first, second)).toBe('different');
    expect(compareNames(second, first)).toBe('different');
  });
});

describe('two names', () => {
  it('are two when a letter is left out, at any place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...lettersOf('abcdehnИванйأ山田やま홍길ส')), { minLength: 2 }),
        fc.nat(),
        (each, at) => {
          const short = each.toSpliced(at % each.length, 1).join('');
          expect(compareNames(name(each.join(''), 'X'), name(short, 'X'))).toBe('different');
          expect(orderNameDiffers(name(each.join(''), 'X'), name(short, 'X'))).toBe(true);
        },
      ),
    );
  });

  it.each<[ComparableName, ComparableName]>([
    [name('X', 'Anna'), name('X', 'Hanna')],
    [name('X', 'Anna'), name('X', '?anna')],
    [name('X', '\ufffdanna'), name('X', 'Anna')],
    [name('Świątek', 'Łukasz'), name('witek', 'ukasz')],
    [name('Иванов', 'Иван'), name('Петров', 'Иван')],
    [name('Гай', 'Андрей'), name('Гаи', 'Андрей')],
    [name('رئيس', 'X'), name('رييس', 'X')],
    [name('やまだ', 'たろう'), name('やまた', 'たろう')],
    [name('กุ', 'ก'), name('กู', 'ก')],
    [name('कि', 'क'), name('कु', 'क')],
    [yamada, { ...yamada, ideographic: name('山田', '次郎') }],
    [yamada, { ...yamada, phonetic: name('やまだ', 'じろう') }],
    [name('???', 'A'), name('---', 'A')],
  ])('%j is not %j', (first, second) => {
    expect(compareNames(first, second)).toBe('different');
    expect(orderNameDiffers(first, second)).toBe(true);
  });

  it.each<[ComparableName, ComparableName]>([
    [name('Işıl', 'X'), name('İşil', 'X')],
    [name('Sıla', 'X'), name('Sila', 'X')],
    [name('Müller', 'X'), name('Muller', 'X')],
    [name('Ёлкин', 'X'), name('Елкин', 'X')],
    [name('أمل', 'X'), name('امل', 'X')],
  ])('are two to instances where one has another letter: %j and %j', (first, second) => {
    expect(compareNames(first, second)).toBe('different');
    expect(compareNames(second, first)).toBe('different');
  });

  const alphabetic = name('Yamada', 'Tarou');
  const ideographic = { ...name('', ''), ideographic: name('山田', '太郎') };

  it.each<[ComparableName, ComparableName | undefined]>([
    [alphabetic, ideographic],
    [{ ...name('', ''), phonetic: name('やまだ', 'たろう') }, ideographic],
    [alphabetic, undefined],
  ])('that state no component group in common cannot be compared: %j and %j', (first, second) => {
    expect(compareNames(first, second)).toBe('incomparable');
    expect(compareNames(second, first)).toBe('incomparable');
  });

  it('that are both left out are one statement', () => {
    expect(compareNames(undefined, undefined)).toBe('same');
    expect(compareNames(undefined, name(' ', '\0'))).toBe('same');
  });

  it('in one group each may be the same person, where an order puts its only one first', () => {
    expect(orderNameDiffers(name('山田', '太郎'), yamada)).toBe(false);
    expect(compareNames(name('山田', '太郎'), yamada)).toBe('different');
    expect(orderNameDiffers(name('山田', '次郎'), yamada)).toBe(true);
  });
});

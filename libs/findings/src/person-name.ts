import type { ComparableName, NameParts } from './identity.js';

/** What the names of two instances say to each other; `incomparable`: they state no component group in common. */
export type NameComparison = 'same' | 'different' | 'incomparable';

/** Characters that only steer or stretch what is shown. */
const unseen = /[\p{Cf}\u0640]/gu;
/** Half and full width forms, which Japanese systems choose by character set (PS3.5 annex H). */
const widths = /[\u3000\uff00-\uffef]+/gu;

/**
 * The spelling of a component: canonical composition (Unicode TR 15) and width, without what is not seen and without
 * padding (PS3.5 section 6.2).
 */
function spelt(text: string): string {
  return text
    .replace(widths, (run) => run.normalize('NFKC'))
    .replace(unseen, '')
    .normalize('NFC')
    .replace(/[\0\s]+/gu, ' ')
    .trim();
}

/**
 * Whether two spellings differ in case alone, which PS3.4 section C.2.2.2.1 lets an archive ignore in names. A dotless
 * i is an i to nobody: Turkish has an own pair of cases, so either both letters are lowered its way or neither.
 */
function sameBesideCase(a: string, b: string): boolean {
  return ['und', 'tr'].some((locale) => lowered(a, locale) === lowered(b, locale));
}

function lowered(text: string, locale: string): string {
  return text.toLocaleLowerCase(locale).normalize('NFC').replaceAll('ß', 'ss').replaceAll('ς', 'σ');
}

/** Marks that a RIS may leave off, behind letters of the scripts that do so. */
const optionalMarks: readonly (readonly [marked: RegExp, plain: string])[] = [
  [/([\p{Script=Latin}\p{Script=Greek}\p{Script=Hebrew}])\p{M}+/gu, '$1'],
  // Accents, and the dots of yo; the breve of short i makes another letter.
  [/(\p{Script=Cyrillic})[\u0300\u0301]+/gu, '$1'],
  [/([еЕ])\u0308/gu, '$1'],
  [/[\u064b-\u0652\u0670]+/gu, ''],
  // Alef with hamza or madda is typed without; on waw and yeh they are other letters.
  [/(\u0627)[\u0653-\u0655]/gu, '$1'],
];
/** Letters with a stroke and ligatures, which Unicode does not take apart. */
const plainLetters: Readonly<Record<string, string>> = {
  Ł: 'L',
  Ø: 'O',
  Đ: 'D',
  Ð: 'D',
  Ħ: 'H',
  Ŧ: 'T',
  Þ: 'TH',
  Æ: 'AE',
  Œ: 'OE',
};

/**
 * Text as a RIS may have written it that has fewer letters than the modality: case, width, composition, punctuation and
 * padding apart, and the diacritics of alphabets. Marks of other scripts make other letters (Thai and Devanagari
 * vowels, the voicing of kana) and stay; so does what stands for a character that was lost.
 */
function transliterated(text: string): string {
  const plain = optionalMarks
    .reduce(
      (left, [marked, letter]) => left.replace(marked, letter),
      text.replace(unseen, '').normalize('NFKD'),
    )
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[ŁØĐÐĦŦÞÆŒ]/gu, (letter) => plainLetters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}\p{M}?\ufffd]+/gu, ' ')
    .trim();
  return plain === '' ? text.trim() : plain;
}

/** A name component in the one spelling in which images of a run are compared: see `compareNames`. */
export function nameSpelling(component: string): string {
  return lowered(spelt(component), 'und');
}

type SamePart = (a: string, b: string) => boolean;

const asInstances: SamePart = (a, b) => sameBesideCase(spelt(a), spelt(b));
const asOrder: SamePart = (a, b) => transliterated(a) === transliterated(b);

function sameParts(a: NameParts, b: NameParts, same: SamePart): boolean {
  return same(a.family, b.family) && same(a.given, b.given);
}

/** The component groups that a name states, by their names. */
function groupsOf(name: ComparableName | undefined): Map<string, NameParts> {
  const groups = { alphabetic: name, ideographic: name?.ideographic, phonetic: name?.phonetic };
  return new Map(
    Object.entries(groups).flatMap(([key, parts]) =>
      parts && (spelt(parts.family) !== '' || spelt(parts.given) !== '') ? [[key, parts] as const] : [],
    ),
  );
}

function compareGroups(
  a: ComparableName | undefined,
  b: ComparableName | undefined,
  same: SamePart,
): NameComparison {
  const [first, second] = [groupsOf(a), groupsOf(b)];
  const common = [...first].flatMap(([key, parts]) => {
    const other = second.get(key);
    return other ? [sameParts(parts, other, same)] : [];
  });
  if (common.includes(false)) return 'different';
  return common.length > 0 || first.size + second.size === 0 ? 'same' : 'incomparable';
}

/**
 * The names that two instances state, undefined where one states none. Every component group that both state has to be
 * spelt alike (PS3.5 section 6.2.1): composition, width, padding and case apart, no letter is forgiven. Two instances
 * that state no name at all say the same.
 */
export function compareNames(a: ComparableName | undefined, b: ComparableName | undefined): NameComparison {
  return compareGroups(a, b, asInstances);
}

/**
 * Whether the name in an order contradicts that of an instance. A RIS may write without diacritics, and a side that
 * states one component group only may mean any of the other's, because HL7 senders put the ideographic name where others
 * put the alphabetic one.
 */
export function orderNameDiffers(order: ComparableName, instance: ComparableName): boolean {
  if (compareGroups(order, instance, asOrder) !== 'different') return false;
  const [first, second] = [order, instance].map((name) => [...groupsOf(name).values()]) as [
    NameParts[],
    NameParts[],
  ];
  if (first.length !== 1 && second.length !== 1) return true;
  return !first.some((each) => second.some((other) => sameParts(each, other, asOrder)));
}

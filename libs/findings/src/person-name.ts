import type { ComparableName, NameParts } from './identity.js';

/** Marks that may be left off without making another name, behind letters of the scripts that do so. */
const optionalMarks =
  /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}])\p{M}+/gu;
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
/** Characters that only steer or stretch what is shown. */
const unseen = /[\p{Cf}\u0640]/gu;

/**
 * Text in the form in which names are compared: case, width, composition, punctuation and padding apart, and
 * the diacritics of alphabets. Marks of other scripts make other letters (Thai and Devanagari vowels, the
 * voicing of kana) and stay.
 */
function folded(text: string): string {
  const letters = text
    .replace(unseen, '')
    .normalize('NFKD')
    .replace(optionalMarks, '$1')
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[ŁØĐÐĦŦÞÆŒ]/gu, (letter) => plainLetters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return letters === '' ? text.trim() : letters;
}

function sameParts(a: NameParts, b: NameParts): boolean {
  return folded(a.family) === folded(b.family) && folded(a.given) === folded(b.given);
}

/** The component groups that a name states, by their names. */
function groupsOf(name: ComparableName): Map<string, NameParts> {
  const groups = { alphabetic: name, ideographic: name.ideographic, phonetic: name.phonetic };
  return new Map(
    Object.entries(groups).flatMap(([key, parts]) =>
      parts && (folded(parts.family) !== '' || folded(parts.given) !== '') ? [[key, parts] as const] : [],
    ),
  );
}

/** False where a component group that both names state differs (PS3.5 section 6.2.1). */
export function sameName(a: ComparableName, b: ComparableName): boolean {
  const others = groupsOf(b);
  return [...groupsOf(a)].every(([key, parts]) => {
    const other = others.get(key);
    return other === undefined || sameParts(parts, other);
  });
}

/**
 * As `sameName`; but a side that states one group only may mean any of the other's, because HL7 senders put
 * the ideographic name where others put the alphabetic one.
 */
export function sameNameInAnyGroup(a: ComparableName, b: ComparableName): boolean {
  if (sameName(a, b)) return true;
  const [first, second] = [[...groupsOf(a).values()], [...groupsOf(b).values()]];
  if (first.length !== 1 && second.length !== 1) return false;
  return first.some((each) => second.some((other) => sameParts(each, other)));
}

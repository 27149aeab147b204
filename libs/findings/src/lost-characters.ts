import { writingsOf } from '@prelector/dicom';

const ESCAPE = '\x1b';
const beyondAscii = /[^ -~]/gu;
const beyondLatin1 = /[^ -\u00ff]/gu;
/** Escape sequences of the character sets of DICOM (PS3.3 table C.12-3). */
const escapes = new RegExp(`${ESCAPE}(?:-[A-Za-z]|[$]?[()]?[A-Z])`, 'gu');

/** What stands in place of a character that cannot be said: nothing, or one or several that say so. */
const substitutes: readonly ((character: string) => string)[] = [
  () => '',
  () => '?',
  (character) => '?'.repeat(Buffer.byteLength(character)),
  () => '\ufffd',
];

/**
 * Everything that may be left of a value in the answer of a server that cannot say all of its characters, or reads the
 * bytes of its file in another character set than they are of, without blanks around it: of one of plain ASCII nothing
 * else can be, so none.
 */
export function remaindersOf(value: string): string[] {
  const whole = value.trim();
  if (!/[^ -~]/u.test(whole)) return [];
  const texts = [whole, ...writingsOf(whole).flatMap(misread)];
  const left = texts.flatMap((text) => [
    text,
    ...[beyondLatin1, beyondAscii].flatMap((lost) =>
      substitutes.map((substitute) => text.replaceAll(lost, substitute)),
    ),
  ]);
  return [...new Set(left.map((each) => each.trim()))].filter((each) => each !== whole && each !== '');
}

/**
 * What a server may take for text in bytes that it does not know the character set of: Latin-1, or JIS X 0201 where they
 * are of seven bits, with escape sequences or without, and up to a backslash, which divides values.
 */
function misread(bytes: string): string[] {
  return [bytes, bytes.replaceAll(escapes, '')].flatMap((text) =>
    text.includes('\\')
      ? [text.slice(0, text.indexOf('\\')), text.replaceAll(beyondAscii, '').replaceAll('\\', '¥')]
      : [text],
  );
}

/**
 * Whether every character set and every server says a value alike: plain ASCII without the two characters that ISO_IR 13
 * has another character in place of (PS3.3 C.12.1.1.2). Of any other, a search may state what was lost, replaced,
 * transliterated, or left of an escape sequence, and nobody can tell that from another value.
 */
export function isSaidAlike(value: string): boolean {
  return /^[ -[\]-}]*$/u.test(value);
}

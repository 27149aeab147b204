const beyondAscii = /[^ -~]/gu;
const beyondLatin1 = /[^ -\u00ff]/gu;

/** What stands in place of a character that cannot be said: nothing, or one or several that say so. */
const substitutes: readonly ((character: string) => string)[] = [
  () => '',
  () => '?',
  (character) => '?'.repeat(Buffer.byteLength(character)),
  () => '\ufffd',
];

/**
 * Everything that may be left of a value in the answer of a server that cannot say all of its characters, without
 * blanks around it: of one of plain ASCII nothing else can be, so none.
 */
export function remaindersOf(value: string): string[] {
  const whole = value.trim();
  const left = [beyondLatin1, beyondAscii].flatMap((lost) =>
    substitutes.map((substitute) => whole.replaceAll(lost, substitute).trim()),
  );
  return [...new Set(left)].filter((each) => each !== whole && each !== '');
}

/**
 * Text that fits an LO or ST: one line, no backslash or control characters, at most `length` characters
 * (PS3.5 6.2); what is longer ends in an ellipsis.
 */
export function shortText(text: string, length = 64): string {
  return clipped(text.toWellFormed().replace(/[\\\p{Cc}]+/gu, ' '), length);
}

/** The most characters of one content item: a sentence of a model package, not a document. */
const LONGEST = 4096;

/** Text that fits a UT: well-formed Unicode, no control characters, of bounded length. */
export function longText(text: string): string {
  return clipped(text.toWellFormed().replace(/\p{Cc}+/gu, ' '), LONGEST);
}

function clipped(text: string, length: number): string {
  const characters = Array.from(text.trim());
  if (characters.length <= length) return characters.join('');
  const start = characters.slice(0, length - 1).join('');
  return `${start.trimEnd()}…`;
}

/**
 * Text without the spaces and NULs behind it (PS3.5 section 6.2). Not by a regular expression: that takes
 * quadratic time for many spaces with something behind them.
 */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && isPad(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Text without spaces and NULs on either side, and with all else: other blanks may be part of a value. */
export function withoutSpaces(text: string): string {
  let start = 0;
  while (start < text.length && isPad(text.charCodeAt(start))) start += 1;
  return withoutPadding(text.slice(start));
}

const isPad = (code: number) => code === 0x20 || code === 0;

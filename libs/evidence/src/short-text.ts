/**
 * Text that fits an LO or ST: one line, no backslash or control characters, at most `length` characters
 * (PS3.5 6.2; UTF-16 units are never more than characters, so a cut never exceeds it).
 */
export function shortText(text: string, length = 64): string {
  const line = text.replace(/[\\\p{Cc}]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= length
    ? line
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}

import type { Separators } from './separators.js';

const HEX = /^X(?:[0-9A-Fa-f]{2})+$/u;
/** Highlighting, and switches of the character set, which the decoder has already followed. */
const SILENT = /^(?:[HN]|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4,6}|\.(?:in|ti)[+-]?\d+|\.fi|\.nf)$/u;
const LINE = /^\.(?:br|ce|sp\d*)$/u;
const SKIP = /^\.sk\+?(\d{1,3})$/u;

/**
 * Resolves the escape sequences of a value (HL7 v2 section 2.7) with the message's own characters; to be
 * called after splitting. What is no known sequence stays as it is, so that `C:\Temp\Series` keeps its
 * folders: node-hl7-client's own unescape looks only at the first letter and turns it into `C:&Series`. What
 * comes out is never longer than what went in.
 *
 * @param decodeBytes decodes the bytes of `\X..\` by the message's character set
 */
export function unescapeValue(
  text: string,
  separators: Separators,
  decodeBytes: (bytes: Uint8Array) => string,
): string {
  const mark = separators.escape;
  let at = text.indexOf(mark);
  if (at === -1) return text;
  let result = text.slice(0, at);
  while (at !== -1) {
    const close = text.indexOf(mark, at + 1);
    if (close === -1) return result + text.slice(at);
    const meaning = meaningOf(text.slice(at + 1, close), separators, decodeBytes);
    if (meaning === undefined) {
      result += text.slice(at, close);
      at = close;
      continue;
    }
    at = text.indexOf(mark, close + 1);
    result += meaning + text.slice(close + 1, at === -1 ? text.length : at);
  }
  return result;
}

function meaningOf(
  sequence: string,
  separators: Separators,
  decodeBytes: (bytes: Uint8Array) => string,
): string | undefined {
  switch (sequence) {
    case 'F':
      return separators.field;
    case 'S':
      return separators.component;
    case 'T':
      return separators.subcomponent;
    case 'R':
      return separators.repetition;
    case 'E':
      return separators.escape;
    case 'P':
      return separators.truncation;
    default:
      if (HEX.test(sequence)) return decodeBytes(Buffer.from(sequence.slice(1), 'hex'));
      if (SILENT.test(sequence)) return '';
      if (LINE.test(sequence)) return '\n';
      return blanksOf(sequence);
  }
}

/** `.sk` asks for up to 999 blanks: never more than it took to write it, so that no value grows. */
function blanksOf(sequence: string): string | undefined {
  const count = SKIP.exec(sequence)?.[1];
  return count === undefined ? undefined : ' '.repeat(Math.min(Number(count), sequence.length + 2));
}

/** Escapes text for a field, so that it comes back unchanged from {@link unescapeValue}. */
export function escapeValue(text: string, separators: Separators): string {
  const sequences = new Map([
    [separators.field, 'F'],
    [separators.component, 'S'],
    [separators.subcomponent, 'T'],
    [separators.repetition, 'R'],
    [separators.escape, 'E'],
    ['\r', 'X0D'],
    ['\n', 'X0A'],
  ]);
  return Array.from(text, (character) => {
    const sequence = sequences.get(character);
    return sequence ? `${separators.escape}${sequence}${separators.escape}` : character;
  }).join('');
}

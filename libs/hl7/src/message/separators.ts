/** The delimiters a message names in MSH-1 and MSH-2. */
export interface Separators {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
  /** MSH-2's fifth character (from version 2.7). */
  readonly truncation: string;
}

export const standardSeparators: Separators = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
  truncation: '#',
};

/** Stand-ins for delimiters that a short MSH-2 leaves out: they occur in no message. */
const ABSENT = ['\u0001', '\u0002', '\u0003', '\u0004'];

/** True for the stand-in of a delimiter that the message does not name. */
export const isAbsent = (character: string): boolean => ABSENT.includes(character);

/**
 * Reads MSH-1 and MSH-2 from text that begins with `MSH` (HL7 v2 section 2.5.4); undefined when they are
 * letters, digits, blanks or control characters, or when one character stands for two.
 */
export function readSeparators(text: string): Separators | undefined {
  const field = text[3];
  if (!text.startsWith('MSH') || field === undefined) return undefined;
  const end = text.slice(4, 12).search(new RegExp(`[\\r\\n]|${escapeForRegExp(field)}`, 'u'));
  const encoding = end === -1 ? text.slice(4, 12) : text.slice(4, 4 + end);
  if (end === -1 || encoding.length > 5 || encoding.length === 0) return undefined;
  const all = [field, ...Array.from(encoding)];
  if (!all.every(isUsable) || new Set(all).size !== all.length) return undefined;
  const at = (index: number): string => encoding[index] ?? (ABSENT[index] as string);
  return {
    field,
    component: at(0),
    repetition: at(1),
    escape: at(2),
    subcomponent: at(3),
    truncation: encoding[4] ?? '#',
  };
}

/** Of one UTF-16 unit, because everything is split by units. */
function isUsable(character: string): boolean {
  return character.length === 1 && !/[\p{L}\p{N}\p{C}\s]/u.test(character);
}

function escapeForRegExp(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/u, '\\$&');
}

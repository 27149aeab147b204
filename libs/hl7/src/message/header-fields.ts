import { readSeparators, type Separators, standardSeparators } from './separators.js';

/** The fields of MSH that an acknowledgement answers with, raw: delimiters inside them stay as they are. */
export interface HeaderFields {
  readonly separators: Separators;
  /** MSH-2 as sent. */
  readonly encodingCharacters: string;
  /** MSH-n as sent; `''` when it is absent. */
  field(number: number): string;
}

/**
 * Reads MSH from text, however damaged the rest is, so that even what cannot be parsed is answered to the
 * one who sent it. Text without MSH gives an empty header with the standard delimiters.
 */
export function headerFieldsOf(text: string): HeaderFields {
  const head = text.replace(/^[\s\u{feff}]+/u, '');
  const separators = readSeparators(head);
  if (!separators) return { separators: standardSeparators, encodingCharacters: '^~\\&', field: () => '' };
  const fields = head.slice(0, head.search(/[\r\n]|$/u)).split(separators.field);
  return {
    separators,
    encodingCharacters: fields[1] ?? '^~\\&',
    field: (number) => fields[number - 1]?.trim() ?? '',
  };
}

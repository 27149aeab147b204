import { withoutPadding } from './padding.js';

/**
 * A data set in the DICOM JSON Model (PS3.18 Annex F), keyed by tag as eight upper-case hexadecimal digits.
 * It is the one form in which data sets travel through Prelector: QIDO-RS and WADO-RS metadata arrive in it,
 * part-10 files are read into it and written from it.
 *
 * Beyond Annex F an element read from a file holds its binary value in `bytes`; DS and IS values may be
 * strings, so that their exact text survives.
 */
export type Dataset = Record<string, Element>;

export interface Element {
  vr: string;
  Value?: unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
  bytes?: Uint8Array;
  /** Text read from a file whose bytes fit no declared Specific Character Set: the characters are a guess. */
  guessed?: true;
}

/** A person name as Annex F.2.2 spells it, one member per component group. */
export interface PersonNameValue {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

/** The non-empty values of an attribute as text; numbers are spelled as JavaScript spells them. */
export function stringsOf(dataset: Dataset, tag: string): string[] {
  return (dataset[tag]?.Value ?? [])
    .filter((value) => value !== null && value !== undefined && value !== '')
    .map(textOf)
    .map(withoutPadding)
    .filter((text) => text !== '');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const alphabetic = (value as PersonNameValue).Alphabetic;
  return typeof alphabetic === 'string' ? alphabetic : '';
}

/** The first value of an attribute as text, or undefined when it is absent or empty. */
export function stringOf(dataset: Dataset, tag: string): string | undefined {
  return stringsOf(dataset, tag)[0];
}

/** The finite numeric values of an attribute, whether the sender wrote numbers or strings. */
export function numbersOf(dataset: Dataset, tag: string): number[] {
  return stringsOf(dataset, tag)
    .map((text) => Number(text))
    .filter((value) => Number.isFinite(value));
}

/** The first value of an attribute as a number, or undefined. */
export function numberOf(dataset: Dataset, tag: string): number | undefined {
  return numbersOf(dataset, tag)[0];
}

/** The items of a sequence, empty when it is absent. */
export function itemsOf(dataset: Dataset, tag: string): Dataset[] {
  return (dataset[tag]?.Value ?? []).filter(
    (item): item is Dataset => item !== null && typeof item === 'object',
  );
}

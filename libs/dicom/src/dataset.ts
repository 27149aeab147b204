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
  /**
   * A server states the attribute, and what it answered holds no value of its kind: an empty array for a number, text
   * for a number, a list for text, bulk data for a number. The file may state it.
   */
  lost?: true;
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
  if (value === null || value === undefined) return '';
  const alphabetic = (value as PersonNameValue).Alphabetic;
  return typeof alphabetic === 'string' ? alphabetic : '';
}

/** The first value of an attribute as text, or undefined when it is absent or empty. */
export function stringOf(dataset: Dataset, tag: string): string | undefined {
  return stringsOf(dataset, tag)[0];
}

/** What an attribute says in numbers; absent, unreadable and zero are three things. */
export type StatedNumbers =
  | { readonly kind: 'absent' }
  /** `shape`: how the value looks, in words that hold no more of it than a number would. */
  | { readonly kind: 'unreadable'; readonly shape: string }
  | { readonly kind: 'numbers'; readonly values: readonly number[] };

/** A Decimal String or Integer String (PS3.5 section 6.2), its padding gone. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
/** VRs whose text may be a number; in a date, an age, a UID or a tag digits mean something else. */
const NUMERIC_TEXT = new Set(
  ['DS', 'IS', 'LO', 'SH', 'CS', 'LT', 'ST', 'UT', 'UC'].concat([
    // Written as text in XML, and in JSON where they are long.
    ...['US', 'SS', 'UL', 'SL', 'UV', 'SV', 'FL', 'FD'],
  ]),
);
/** What may be shown of a value that is none: it looks like numbers, and is short. */
const LIKE_NUMBERS = /^(?:NaN|-?Infinity|-?inf|[\d+\-.,eE\\/ ]{1,48})$/iu;

/** How an element looks that holds no text and no number, in words; undefined of one that may. */
export function shapeWithoutText(element: Element): string | undefined {
  if (element.vr === 'SQ') return 'a sequence';
  if (element.BulkDataURI !== undefined) return `bulk data of VR ${element.vr}`;
  const isBinary = element.bytes?.length || element.InlineBinary !== undefined;
  return isBinary ? `binary of VR ${element.vr}` : undefined;
}

/**
 * The numbers of an attribute, whatever its VR: all of its values, or none. A value that is no number, an
 * empty one between others, binary and bulk data make it unreadable; nothing is skipped.
 */
export function statedNumbers(dataset: Dataset, tag: string): StatedNumbers {
  const element = dataset[tag];
  if (element === undefined) return { kind: 'absent' };
  const shape = shapeWithoutText(element);
  if (shape !== undefined) return { kind: 'unreadable', shape };
  const parts = (element.Value ?? []).map(plain);
  if (parts.every((part) => part === '')) return { kind: 'absent' };
  const values = parts.map((part) => numberFrom(element.vr, part));
  return values.every((value) => value !== undefined)
    ? { kind: 'numbers', values }
    : { kind: 'unreadable', shape: shapeOf(parts) };
}

/** The same of an attribute of one value: several are as unreadable as none. */
export type StatedNumber =
  Exclude<StatedNumbers, { kind: 'numbers' }> | { readonly kind: 'number'; readonly value: number };

/** The one number of an attribute. */
export function statedNumber(dataset: Dataset, tag: string): StatedNumber {
  const stated = statedNumbers(dataset, tag);
  if (stated.kind !== 'numbers') return stated;
  const [value, ...others] = stated.values;
  return value === undefined || others.length > 0
    ? { kind: 'unreadable', shape: shapeOf(stated.values) }
    : { kind: 'number', value };
}

function plain(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return value;
  // NULs and spaces pad on either side.
  return typeof value === 'string' ? value.replaceAll('\0', ' ').trim() : undefined;
}

function numberFrom(vr: string, part: string | number | undefined): number | undefined {
  const isText = typeof part === 'string';
  if (part === undefined || (isText && !(NUMERIC_TEXT.has(vr) && DECIMAL.test(part)))) return undefined;
  const value = Number(part);
  return Number.isFinite(value) ? value : undefined;
}

function shapeOf(parts: readonly (string | number | undefined)[]): string {
  const text = parts.map((part) => part ?? '?').join('\\');
  if (LIKE_NUMBERS.test(text)) return `\`${text}\``;
  return `text of ${text.length} character${text.length === 1 ? '' : 's'}`;
}

/** The numeric values of an attribute; none when it is absent, and none when any of them is unreadable. */
export function numbersOf(dataset: Dataset, tag: string): number[] {
  const stated = statedNumbers(dataset, tag);
  return stated.kind === 'numbers' ? [...stated.values] : [];
}

/** The first value of an attribute as a number, or undefined; where the difference matters: `statedNumber`. */
export function numberOf(dataset: Dataset, tag: string): number | undefined {
  return numbersOf(dataset, tag)[0];
}

const MOST_TEXT = 32;

/** The value of an attribute that describes an image, for a sentence: one line, quoted, cut when long. */
export function valueText(element: Element | undefined): string {
  if (element === undefined) return 'nothing';
  if (element.vr === 'SQ') return 'a sequence';
  if (!element.Value)
    return element.bytes?.length ? `${element.bytes.length} bytes of ${element.vr}` : 'nothing';
  const text = element.Value.map(textOf)
    .join('\\')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return `"${text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text}"`;
}

/** The items of a sequence, empty when it is absent. */
export function itemsOf(dataset: Dataset, tag: string): Dataset[] {
  return (dataset[tag]?.Value ?? []).filter(
    (item): item is Dataset => item !== null && typeof item === 'object',
  );
}

import type { Dataset } from './dataset.js';

/** What an attribute says in numbers; absent, unreadable and zero are three things. */
export type StatedNumbers =
  | { readonly kind: 'absent' }
  /** `shape`: how the value looks, in words that hold no more of it than a number would. */
  | { readonly kind: 'unreadable'; readonly shape: string }
  | { readonly kind: 'numbers'; readonly values: readonly number[] };

/** A Decimal String or Integer String (PS3.5 section 6.2), its padding gone. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
/** What may be shown of a value that is none: it looks like numbers, and is short. */
const LIKE_NUMBERS = /^[\d+\-.,eE\\/ ]{1,48}$/u;

/**
 * The numbers of an attribute, whatever its VR: all of its values, or none. A value that is no number, an
 * empty one between others, binary and bulk data make it unreadable; nothing is skipped.
 */
export function statedNumbers(dataset: Dataset, tag: string): StatedNumbers {
  const element = dataset[tag];
  if (element === undefined) return { kind: 'absent' };
  if (element.BulkDataURI !== undefined)
    return { kind: 'unreadable', shape: `bulk data of VR ${element.vr}` };
  if (element.bytes !== undefined || element.InlineBinary !== undefined) {
    return { kind: 'unreadable', shape: `binary of VR ${element.vr}` };
  }
  const parts = (element.Value ?? []).map(plain);
  if (parts.every((part) => part === '')) return { kind: 'absent' };
  const values = parts.map(numberFrom);
  return values.every((value) => value !== undefined)
    ? { kind: 'numbers', values }
    : { kind: 'unreadable', shape: shapeOf(parts) };
}

function plain(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return value;
  // NULs and spaces pad on either side.
  return typeof value === 'string' ? value.replaceAll('\0', ' ').trim() : undefined;
}

function numberFrom(part: string | number | undefined): number | undefined {
  if (part === undefined || (typeof part === 'string' && !DECIMAL.test(part))) return undefined;
  const value = Number(part);
  return Number.isFinite(value) ? value : undefined;
}

function shapeOf(parts: readonly (string | number | undefined)[]): string {
  const text = parts.map((part) => part ?? '?').join('\\');
  if (LIKE_NUMBERS.test(text)) return `\`${text}\``;
  return `text of ${text.length} character${text.length === 1 ? '' : 's'}`;
}

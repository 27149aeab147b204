import type { CodedConcept } from './code.js';
import type { Dataset, Element } from './dataset.js';
import { tagOf, vrOf } from './dictionary.js';
import { dicomError, tagText } from './errors.js';
import { personNameOf } from './text.js';
import { multiTextVrs, numberSizes, singleTextVrs } from './vr.js';

const TAG = /^[0-9A-F]{8}$/u;
const CODE_VALUE_LENGTH = 16;

/**
 * A data set from attributes by keyword (or by tag, for private ones), each with the VR of the dictionary.
 *
 * A value is a string, a number, bytes or a typed array (little endian as in memory), an `Element` to be
 * taken as it is, or an array of values. A person name is text such as `A^B=C` or its component groups. A
 * sequence takes coded concepts, data sets, objects of keywords, or an array of those. `undefined` leaves
 * the attribute out; `''`, `null` and `[]` make it empty (type 2).
 *
 * @throws `dicom.unknown-keyword`; `dicom.invalid-value` for a value of the wrong kind.
 */
export function buildDataset(values: Record<string, unknown>): Dataset {
  const dataset: Dataset = {};
  for (const [keyword, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const tag = TAG.test(keyword) ? keyword : tagOf(keyword);
    dataset[tag] = elementOf(tag, value);
  }
  return dataset;
}

/** A coded concept as the item of a code sequence (PS3.3 section 8): a long value or a URN in its own attribute. */
export function codeItem(concept: CodedConcept): Dataset {
  const urn = /^urn:/iu.test(concept.value) || /^https?:/iu.test(concept.value);
  const long = concept.value.length > CODE_VALUE_LENGTH;
  return buildDataset({
    [urn ? 'URNCodeValue' : long ? 'LongCodeValue' : 'CodeValue']: concept.value,
    CodingSchemeDesignator: concept.scheme === '' ? undefined : concept.scheme,
    CodingSchemeVersion: concept.schemeVersion,
    CodeMeaning: concept.meaning,
  });
}

function elementOf(tag: string, value: unknown): Element {
  if (isElement(value)) return value;
  const vr = vrOf(tag);
  if (ArrayBuffer.isView(value)) {
    return { vr, bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
  }
  const list = (Array.isArray(value) ? value : [value]) as unknown[];
  if (list.length === 0 || (list.length === 1 && (list[0] === '' || list[0] === null))) return { vr };
  return { vr, Value: list.map((each) => valueOf(tag, vr, each)) };
}

function valueOf(tag: string, vr: string, value: unknown): unknown {
  if (vr === 'SQ') return itemOf(tag, value);
  if (value === null || value === '') return null;
  if (vr === 'PN') return typeof value === 'string' ? personNameOf(value) : objectOf(tag, value);
  if (numberSizes[vr] !== undefined && vr !== 'AT') return numericOf(tag, value);
  if (vr === 'AT' || multiTextVrs.has(vr) || singleTextVrs.has(vr)) return textOf(tag, vr, value);
  throw unfit(tag);
}

function itemOf(tag: string, value: unknown): Dataset {
  const item = objectOf(tag, value);
  if (isConcept(item)) return codeItem(item);
  const keys = Object.keys(item);
  const isDataset = keys.length > 0 && keys.every((key) => TAG.test(key) && isElement(item[key]));
  return isDataset ? (item as Dataset) : buildDataset(item);
}

function numericOf(tag: string, value: unknown): number | string {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw unfit(tag);
  return typeof value === 'string' && !Number.isSafeInteger(number) && /^-?\d+$/u.test(value)
    ? value
    : number;
}

function textOf(tag: string, vr: string, value: unknown): string | number {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw unfit(tag);
  return vr === 'DS' || vr === 'IS' ? value : String(value);
}

function objectOf(tag: string, value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw unfit(tag);
  return value as Record<string, unknown>;
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && typeof (value as Element).vr === 'string';
}

function isConcept(value: object): value is CodedConcept {
  const { value: code, scheme, meaning } = value as Partial<CodedConcept>;
  return typeof code === 'string' && typeof scheme === 'string' && typeof meaning === 'string';
}

function unfit(tag: string) {
  return dicomError('dicom.invalid-value', `a value of the wrong kind for ${tagText(tag)}`);
}

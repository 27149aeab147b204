import type { Dataset, Element, PersonNameValue } from './dataset.js';
import { decodeValue } from './decode-value.js';
import { knownTagOf, readableVr, vrOf } from './dictionary.js';
import { dicomError } from './errors.js';
import { withoutPadding } from './padding.js';
import { personNameOf } from './text.js';
import { isVr, localTextVrs, multiTextVrs, numberSizes, singleTextVrs } from './vr.js';

const MAX_DEPTH = 64;

/**
 * One data set of an answer in the DICOM JSON Model (PS3.18 annex F), brought to the one form of `Dataset`
 * from the many in which servers send it: lower-case tags or keywords for tags, `vr` missing, `Value` that
 * is `[null]`, `[""]` or no array, numbers as strings, person names as plain strings, several values joined
 * by backslashes, trailing NULs. Members that are no attributes are left out; an attribute whose value is of the
 * wrong kind is `lost`, and hinders no other.
 *
 * @throws `dicom.invalid-json` when it is not an object of attributes, or nested too deep.
 */
export function datasetFromJson(value: unknown): Dataset {
  return datasetAt(value, 0);
}

function datasetAt(value: unknown, depth: number): Dataset {
  if (!isRecord(value)) throw dicomError('dicom.invalid-json', 'a data set that is no object');
  if (depth > MAX_DEPTH) throw dicomError('dicom.invalid-json', 'sequences nested too deep');
  const dataset: Dataset = {};
  for (const [key, member] of Object.entries(value)) {
    const tag = tagFrom(key);
    if (tag !== undefined) dataset[tag] = elementFrom(tag, member, depth);
  }
  return dataset;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tagFrom(key: string): string | undefined {
  if (/^[0-9A-Fa-f]{8}$/u.test(key)) return key.toUpperCase();
  return knownTagOf(key);
}

function elementFrom(tag: string, member: unknown, depth: number): Element {
  if (!isRecord(member)) return withValues(tag, vrOf(tag), member, depth);
  const { vr: stated, Value: value, InlineBinary: inline, BulkDataURI: uri } = member;
  const vr =
    typeof stated === 'string' && isVr(stated.toUpperCase())
      ? readableVr(tag, stated.toUpperCase())
      : vrOf(tag);
  if (typeof inline === 'string') return inlineFrom(tag, vr, inline);
  if (typeof uri === 'string') return { vr, BulkDataURI: uri, ...(isNumber(vr) ? { lost: true } : {}) };
  return withValues(tag, vr, value, depth);
}

const isNumber = (vr: string) => vr === 'DS' || vr === 'IS' || (numberSizes[vr] !== undefined && vr !== 'AT');

/** Text and numbers that a server does not know come as their bytes (PS3.18 F.2.7), in little endian. */
function inlineFrom(tag: string, stated: string, inline: string): Element {
  const vr = stated === 'UN' ? vrOf(tag) : stated;
  const plain = numberSizes[vr] !== undefined || (multiTextVrs.has(vr) && !localTextVrs.has(vr));
  if (!plain) return { vr, InlineBinary: inline };
  return decodeValue(vr, Buffer.from(inline, 'base64'), { littleEndian: true, characterSets: [] });
}

function withValues(tag: string, vr: string, value: unknown, depth: number): Element {
  const list = (Array.isArray(value) ? value : value === undefined ? [] : [value]) as unknown[];
  if (vr === 'SQ') {
    const stated = list.filter((item) => item !== null);
    if (!stated.every(isRecord)) return { vr, lost: true };
    const items = stated.map((item) => datasetAt(item, depth + 1));
    return items.length > 0 ? { vr, Value: items } : { vr };
  }
  // A value that is absent has no `Value` at all (F.2.5); Orthanc answers `[]` for a number that it cannot read.
  if ((vr === 'DS' || vr === 'IS') && Array.isArray(value) && value.length === 0) return { vr, lost: true };
  const values = list.flatMap((each) => valuesFrom(vr, each));
  if (values.includes(unfit)) return { vr, lost: true };
  return values.some((each) => each !== null) ? { vr, Value: values } : { vr };
}

/** Stands for a value of the wrong kind. */
const unfit = Symbol('unfit');

function valuesFrom(vr: string, value: unknown): unknown[] {
  if (value === null || value === undefined) return [null];
  if (vr === 'PN') return [nameFrom(value)];
  if (numberSizes[vr] !== undefined && vr !== 'AT') return numbersFrom(vr, value);
  if (typeof value === 'number') return [vr === 'DS' || vr === 'IS' ? value : String(value)];
  if (typeof value !== 'string') return [unfit];
  const joined = multiTextVrs.has(vr) && value.includes('\\') ? value.split('\\') : [value];
  return joined.map((text) => textFrom(vr, text));
}

function textFrom(vr: string, text: string): string | null {
  const end = withoutPadding(text);
  const trimmed = singleTextVrs.has(vr) || vr === 'UC' ? end : end.replace(/^ +/u, '');
  if (trimmed === '') return null;
  return vr === 'AT' ? trimmed.toUpperCase() : trimmed;
}

function numbersFrom(vr: string, value: unknown): unknown[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'string') return [unfit];
  return value.split('\\').map((part) => {
    const text = textFrom(vr, part);
    if (text === null) return null;
    const number = Number(text);
    if (vr === 'FL' || vr === 'FD') return Number.isNaN(number) && !/^nan$/iu.test(text) ? unfit : number;
    if (!/^[+-]?\d{1,20}$/u.test(text)) return unfit;
    return Number.isSafeInteger(number) ? number : text;
  });
}

function nameFrom(value: unknown): PersonNameValue | typeof unfit | null {
  if (typeof value === 'string') {
    const text = textFrom('PN', value);
    return text === null ? null : personNameOf(text);
  }
  if (!isRecord(value)) return unfit;
  const groups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;
  const entries = groups.flatMap((group) => {
    const text = value[group];
    const trimmed = typeof text === 'string' ? textFrom('PN', text) : null;
    return trimmed === null ? [] : [[group, trimmed] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

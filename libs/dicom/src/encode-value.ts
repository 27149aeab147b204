import { PrelectorError } from '@prelector/kernel';
import type { Dataset, Element, PersonNameValue } from './dataset.js';
import { dicomError, tagText } from './errors.js';
import { formatDs, formatIs, isInteger32 } from './number-text.js';
import { numberSizes, singleTextVrs, wordSizes } from './vr.js';

/** The form that a single value of a text VR must have (PS3.5 table 6.2-1). */
const FORMS: Readonly<Record<string, RegExp>> = {
  AE: /^[\x20-\x5b\x5d-\x7e]{1,16}$/u,
  AS: /^\d{3}[DWMY]$/u,
  CS: /^[A-Z0-9 _]{1,16}$/u,
  DA: /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/u,
  DS: /^ *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? *$/u,
  DT: /^\d{4}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)?)?(?:[+-]\d{4})?$/u,
  IS: /^ *[+-]?\d+ *$/u,
  TM: /^(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?(?:(?<=\d{6})\.\d{1,6})?$/u,
  // Leading zeros are forbidden (PS3.5 section 9.1), yet sources that have them must be referred to as they are.
  UI: /^\d+(?:\.\d+)*$/u,
};

/** The most characters of a single value (of a component group for PN). */
const LENGTHS: Readonly<Record<string, number>> = {
  DS: 16,
  IS: 12,
  LO: 64,
  LT: 10_240,
  PN: 64,
  SH: 16,
  ST: 1024,
  UI: 64,
};

/** Control characters that may stand in no value, and those that may in none but LT, ST and UT. */
const CONTROLS = /\p{Cc}/u;
const CONTROLS_BUT_LINES = /[^\P{Cc}\t\n\f\r]/u;

/**
 * The bytes of a value in Explicit VR Little Endian and UTF-8, padded to even length (PS3.5 section 6.2).
 *
 * @throws `dicom.invalid-value` naming the tag, for whatever would have to be cut, guessed or changed.
 */
export function encodeValue(tag: string, element: Element): Uint8Array {
  const { vr } = element;
  if (element.bytes) return padded(element.bytes, 0);
  if (element.InlineBinary !== undefined) return padded(Buffer.from(element.InlineBinary, 'base64'), 0);
  if (element.BulkDataURI !== undefined) throw invalid(tag, 'bulk data that were not fetched');
  const values = element.Value ?? [];
  if (values.length === 0) return new Uint8Array(0);
  if (numberSizes[vr] !== undefined) return numbers(tag, vr, values);
  if (wordSizes[vr] !== undefined) throw invalid(tag, `${vr} without bytes`);
  if (singleTextVrs.has(vr) && values.length > 1) throw invalid(tag, `${vr} takes one value`);
  const text = values.map((value) => textOf(tag, vr, value)).join('\\');
  return padded(Buffer.from(text, 'utf8'), vr === 'UI' ? 0 : 0x20);
}

function padded(bytes: Uint8Array, filler: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = filler;
  return even;
}

function textOf(tag: string, vr: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (vr === 'PN') return personName(tag, value);
  if (vr === 'DS' && typeof value === 'number' && Number.isFinite(value)) return formatDs(value);
  if (vr === 'IS' && typeof value === 'number' && isInteger32(value)) return formatIs(value);
  if (typeof value !== 'string') throw invalid(tag, `a ${vr} that is no text`);
  return checked(tag, vr, value);
}

function checked(tag: string, vr: string, text: string): string {
  if (!text.isWellFormed()) throw invalid(tag, 'text that is not well-formed Unicode');
  const single = singleTextVrs.has(vr);
  if ((single ? CONTROLS_BUT_LINES : CONTROLS).test(text)) throw invalid(tag, `a control character in ${vr}`);
  if (!single && text.includes('\\')) throw invalid(tag, `a backslash inside one value of ${vr}`);
  const form = FORMS[vr];
  if (form && !form.test(text)) throw invalid(tag, `not of the form of ${vr}`);
  const most = LENGTHS[vr];
  // A character counts once however many bytes it takes (PS3.5 section 6.2).
  if (most !== undefined && text.length > most && Array.from(text).length > most) {
    throw invalid(tag, `longer than the ${most} characters of ${vr}`);
  }
  if (vr === 'IS' && !isInteger32(Number(text))) throw invalid(tag, 'outside the range of IS');
  return text;
}

function personName(tag: string, value: unknown): string {
  const name = (typeof value === 'string' ? { Alphabetic: value } : value) as PersonNameValue;
  const groups = [name.Alphabetic ?? '', name.Ideographic ?? '', name.Phonetic ?? ''];
  for (const group of groups) {
    if (typeof group !== 'string' || group.includes('='))
      throw invalid(tag, 'more than three component groups in PN');
    if (group.split('^').length > 5) throw invalid(tag, 'more than five components in PN');
    checked(tag, 'PN', group);
  }
  return groups.join('=').replace(/=+$/u, '');
}

function numbers(tag: string, vr: string, values: unknown[]): Uint8Array {
  const size = numberSizes[vr] as number;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => put(view, index * size, tag, vr, value));
  return bytes;
}

/** The range of the integer VRs of up to 32 bits. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  US: [0, 0xffff],
  SS: [-0x8000, 0x7fff],
  UL: [0, 0xffffffff],
  SL: [-0x80000000, 0x7fffffff],
};

function put(view: DataView, at: number, tag: string, vr: string, value: unknown): void {
  if (vr === 'AT') return putTag(view, at, tag, value);
  if (vr === 'UV' || vr === 'SV') return putLong(view, at, tag, vr, value);
  if (typeof value !== 'number') throw invalid(tag, `a ${vr} that is no number`);
  if (vr === 'FL') return view.setFloat32(at, value, true);
  if (vr === 'FD') return view.setFloat64(at, value, true);
  const [least, most] = RANGES[vr] as readonly [number, number];
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(tag, `outside the range of ${vr}`);
  if (vr === 'US') view.setUint16(at, value, true);
  else if (vr === 'SS') view.setInt16(at, value, true);
  else if (vr === 'UL') view.setUint32(at, value, true);
  else view.setInt32(at, value, true);
}

function putTag(view: DataView, at: number, tag: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[0-9A-Fa-f]{8}$/u.test(value))
    throw invalid(tag, 'an AT that is no tag');
  view.setUint16(at, Number.parseInt(value.slice(0, 4), 16), true);
  view.setUint16(at + 2, Number.parseInt(value.slice(4), 16), true);
}

function putLong(view: DataView, at: number, tag: string, vr: string, value: unknown): void {
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== 'string' || !/^-?\d{1,20}$/u.test(digits))
    throw invalid(tag, `a ${vr} that is no integer`);
  const integer = BigInt(digits);
  const kept = vr === 'UV' ? BigInt.asUintN(64, integer) : BigInt.asIntN(64, integer);
  if (kept !== integer) throw invalid(tag, `outside the range of ${vr}`);
  view.setBigUint64(at, BigInt.asUintN(64, integer), true);
}

function invalid(tag: string, reason: string) {
  return dicomError('dicom.invalid-value', `${tagText(tag)}: ${reason}`, { cause: reason });
}

/**
 * Why a value could not be written, in words that hold nothing of it, or undefined when it can; of a sequence,
 * the first such value in it. For attributes copied from elsewhere, which may break the rules that
 * `encodePart10` holds to.
 */
export function valueProblem(tag: string, element: Element): string | undefined {
  if (element.vr === 'SQ') return itemProblem(element.Value ?? []);
  try {
    encodeValue(tag, element);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return String(thrown.cause);
    throw thrown;
  }
}

function itemProblem(items: readonly unknown[]): string | undefined {
  for (const item of items) {
    if (item === null || typeof item !== 'object') return 'an item that is no data set';
    for (const [tag, element] of Object.entries(item as Dataset)) {
      const problem = valueProblem(tag, element);
      if (problem !== undefined) return `${tagText(tag)} in it: ${problem}`;
    }
  }
  return undefined;
}

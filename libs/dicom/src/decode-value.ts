import type { Element } from './dataset.js';
import { withoutPadding } from './padding.js';
import { decodeText, isAscii, personNameOf } from './text.js';
import type { DecodedText } from './text.js';
import { localTextVrs, multiTextVrs, numberSizes, singleTextVrs, wordSizes } from './vr.js';

/** What the meaning of a value's bytes depends on. */
export interface ValueContext {
  readonly littleEndian: boolean;
  readonly characterSets: readonly string[];
}

/**
 * An element from the bytes of its value (PS3.5 section 6.2): text split and decoded, numbers read, binary
 * kept as a view in `bytes` (little endian, so swapped where the file is not).
 */
export function decodeValue(vr: string, bytes: Uint8Array, context: ValueContext): Element {
  if (bytes.length === 0) return { vr };
  if (multiTextVrs.has(vr)) return texts(vr, bytes, context);
  if (singleTextVrs.has(vr)) {
    const { text, guessed } = textOf(vr, bytes, context);
    const value = withoutPadding(text);
    return value === '' ? { vr } : { vr, Value: [value], ...(guessed ? { guessed: true as const } : {}) };
  }
  const size = numberSizes[vr];
  if (size !== undefined && bytes.length % size === 0) return numbers(vr, size, bytes, context.littleEndian);
  return { vr, bytes: context.littleEndian ? bytes : swapped(bytes, wordSizes[vr] ?? 1) };
}

/**
 * Where Specific Character Set has no say (PS3.5 section 6.1.2.2), whatever is not of the default repertoire is a guess:
 * by that attribute, as other readers and the metadata of archives have it.
 */
function textOf(vr: string, bytes: Uint8Array, context: ValueContext): DecodedText {
  if (localTextVrs.has(vr)) return decodeText(bytes, context.characterSets, vr);
  const { text } = decodeText(bytes, context.characterSets, singleTextVrs.has(vr) ? 'UT' : 'LO');
  return { text, guessed: !isAscii(bytes) };
}

function texts(vr: string, bytes: Uint8Array, context: ValueContext): Element {
  const { text, guessed } = textOf(vr, bytes, context);
  const parts = text.split('\\').map((part) => trimmed(vr, part));
  if (parts.length === 1 && parts[0] === '') return { vr };
  const values = parts.map((part) => (part === '' ? null : vr === 'PN' ? personNameOf(part) : part));
  return { vr, Value: values, ...(guessed ? { guessed: true as const } : {}) };
}

function trimmed(vr: string, text: string): string {
  const end = withoutPadding(text);
  return vr === 'UC' ? end : end.replace(/^ +/u, '');
}

function numbers(vr: string, size: number, bytes: Uint8Array, littleEndian: boolean): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: (number | string)[] = [];
  for (let at = 0; at < bytes.length; at += size) values.push(numberAt(view, at, vr, littleEndian));
  return { vr, Value: values };
}

function numberAt(view: DataView, at: number, vr: string, littleEndian: boolean): number | string {
  switch (vr) {
    case 'US':
      return view.getUint16(at, littleEndian);
    case 'SS':
      return view.getInt16(at, littleEndian);
    case 'UL':
      return view.getUint32(at, littleEndian);
    case 'SL':
      return view.getInt32(at, littleEndian);
    case 'FL':
      return view.getFloat32(at, littleEndian);
    case 'FD':
      return view.getFloat64(at, littleEndian);
    case 'UV':
      return exact(view.getBigUint64(at, littleEndian));
    case 'SV':
      return exact(view.getBigInt64(at, littleEndian));
    default:
      return attributeTag(view.getUint16(at, littleEndian), view.getUint16(at + 2, littleEndian));
  }
}

/** A 64-bit integer as a number while that is exact, else as its digits (PS3.18 F.2.3.1). */
function exact(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function attributeTag(group: number, element: number): string {
  return (group * 0x10000 + element).toString(16).padStart(8, '0').toUpperCase();
}

/** A copy whose words of `size` bytes are turned round; a last incomplete word stays as it is. */
export function swapped(bytes: Uint8Array, size: number): Uint8Array {
  if (size === 1) return bytes;
  const copy = Buffer.from(bytes);
  const whole = copy.subarray(0, copy.length - (copy.length % size));
  if (size === 2) whole.swap16();
  else if (size === 4) whole.swap32();
  else whole.swap64();
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength);
}

import { simulatorError } from '../errors.js';
import { vrOf } from './tags.js';

/** Tag to text (several values joined by a backslash), or to null where the element is to go. */
export type Changes = Readonly<Record<string, string | null>>;

/** Where an element lies: its tag at `start`, its value from `value` to `end`. */
export interface Element {
  readonly tag: string;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const UNDEFINED = 0xffffffff;
const META = 132;
const NOT_REWRITABLE = new Set(['1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99']);

/**
 * A copy of a part-10 file with some top-level elements of its data set replaced, added or taken away; every
 * other byte is kept. Throws `simulator.not-rewritable`.
 */
export function changeElements(file: Buffer, changes: Changes): Buffer {
  const { start, explicit } = dataSetOf(file);
  const left = new Map(Object.entries(changes).sort(([a], [b]) => (a < b ? -1 : 1)));
  const pieces = [file.subarray(0, start)];
  let kept = start;
  const insertBefore = (tag: string, at: number): void => {
    for (const [name, value] of left) {
      if (name >= tag) break;
      pieces.push(file.subarray(kept, at), encode(name, value, explicit));
      kept = at;
      left.delete(name);
    }
  };
  for (const element of elements(file, start, explicit)) {
    insertBefore(element.tag, element.start);
    const value = left.get(element.tag);
    if (value === undefined) continue;
    pieces.push(file.subarray(kept, element.start), encode(element.tag, value, explicit));
    kept = element.end;
    left.delete(element.tag);
  }
  insertBefore('~', file.length);
  return Buffer.concat([...pieces, file.subarray(kept)]);
}

/** Where the value of a top-level element lies in a part-10 file; undefined where it is not. */
export function locateElement(file: Buffer, tag: string): { start: number; end: number } | undefined {
  const { start, explicit } = dataSetOf(file);
  for (const element of elements(file, start, explicit)) {
    if (element.tag === tag) return { start: element.value, end: element.end };
  }
  return undefined;
}

/** The elements of a part-10 file, File Meta Information first. Throws `simulator.not-rewritable`. */
export function* topLevelElements(file: Buffer): Generator<Element> {
  const { start, explicit } = dataSetOf(file);
  for (const element of elements(file, META, true)) {
    if (element.start >= start) break;
    yield element;
  }
  yield* elements(file, start, explicit);
}

function dataSetOf(file: Buffer): { start: number; explicit: boolean } {
  let start = META;
  let transferSyntax = '1.2.840.10008.1.2';
  for (const element of elements(file, META, true)) {
    if (!element.tag.startsWith('0002')) break;
    start = element.end;
    if (element.tag === '00020010')
      transferSyntax = file.toString('latin1', element.value, element.end).replace(/[\0 ]+$/u, '');
  }
  if (NOT_REWRITABLE.has(transferSyntax)) throw simulatorError('simulator.not-rewritable', transferSyntax);
  return { start, explicit: transferSyntax !== '1.2.840.10008.1.2' };
}

function* elements(file: Buffer, from: number, explicit: boolean): Generator<Element> {
  try {
    for (let at = from; at + 8 <= file.length;) {
      const element = elementAt(file, at, explicit);
      yield element;
      at = element.end;
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw simulatorError('simulator.not-rewritable', 'cut off', { cause });
    throw cause;
  }
}

function elementAt(file: Buffer, at: number, explicit: boolean): Element {
  const tag = tagAt(file, at);
  const vr = explicit && !tag.startsWith('FFFE') ? file.toString('latin1', at + 4, at + 6) : undefined;
  const short = vr !== undefined && !LONG.has(vr);
  const value = vr === undefined || short ? at + 8 : at + 12;
  const length = short ? file.readUInt16LE(at + 6) : file.readUInt32LE(value - 4);
  const end = length === UNDEFINED ? endOfSequence(file, value, explicit && vr !== 'UN') : value + length;
  return { tag, start: at, value, end: Math.min(end, file.length) };
}

/** Walks the items of a sequence, or the fragments of encapsulated pixel data, of undefined length. */
function endOfSequence(file: Buffer, from: number, explicit: boolean): number {
  for (let at = from; ;) {
    const tag = tagAt(file, at);
    const length = file.readUInt32LE(at + 4);
    at += 8;
    if (tag === 'FFFEE0DD') return at;
    if (length !== UNDEFINED) at += length;
    else at = endOfItem(file, at, explicit);
  }
}

function endOfItem(file: Buffer, from: number, explicit: boolean): number {
  for (let at = from; ;) {
    const element = elementAt(file, at, explicit);
    if (element.tag === 'FFFEE00D') return element.end;
    at = element.end;
  }
}

function tagAt(file: Buffer, at: number): string {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  return `${hex(file.readUInt16LE(at))}${hex(file.readUInt16LE(at + 2))}`.toUpperCase();
}

function encode(tag: string, text: string | null, explicit: boolean): Buffer {
  if (text === null) return Buffer.alloc(0);
  const vr = vrOf(tag);
  const bytes = Buffer.from(text, 'utf8');
  const value =
    bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const long = LONG.has(vr);
  const head = Buffer.alloc(explicit && long ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  if (explicit) head.write(vr, 4, 'latin1');
  if (explicit && !long) head.writeUInt16LE(value.length, 6);
  else head.writeUInt32LE(value.length, head.length - 4);
  return Buffer.concat([head, value]);
}

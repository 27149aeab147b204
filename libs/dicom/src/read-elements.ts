import { isDeepStrictEqual } from 'node:util';
import { PrelectorError, asPrelectorError } from '@prelector/kernel';
import { Cursor } from './cursor.js';
import type { Dataset, Element } from './dataset.js';
import { decodeValue } from './decode-value.js';
import { attributeName, isPrivate, isUsOrSs, readableVr, vrOf } from './dictionary.js';
import { dicomError, tagText } from './errors.js';
import { tags } from './tags.js';
import { hasLongLength, isVr } from './vr.js';

const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';
const MAX_DEPTH = 64;
/** Tag, VR and length, or tag and length. Bytes. */
const SHORTEST_ELEMENT = 8;

/** Pixel data as they lie in the file: one value, or the fragments of an encapsulated one. */
export interface RawPixelData {
  readonly tag: string;
  /** What the samples are: OF or OD of floating point, OW or OB of whole numbers; not always what is written. */
  readonly vr: string;
  readonly value?: Uint8Array;
  /** The Basic Offset Table's bytes, then the fragments. */
  readonly fragments?: Uint8Array[];
  /** Pixel data stand in another attribute too, of which an image has only one (PS3.3 C.7.6.24). */
  readonly beside?: true;
}

/** How a data set is encoded, and what its values inherit from the one around it. */
export interface ReadContext {
  readonly explicit: boolean;
  readonly characterSets: readonly string[];
  readonly signed: boolean;
  readonly depth: number;
  readonly stopBeforePixelData: boolean;
  /** Within a private sequence, of which nothing is read. */
  readonly isPrivate?: true;
}

/** A data set read, with its pixel data apart. */
export interface ReadElements {
  dataset: Dataset;
  pixelData?: RawPixelData;
  /** Pixel data are there and were not read; nothing behind them was. */
  stoppedAtPixelData?: true;
}

interface Header {
  tag: string;
  vr: string;
  length: number;
}

type Where = 'file' | 'item';

/**
 * Reads the elements of a data set (PS3.5 section 7) up to the end of the cursor's bytes or, in an item of
 * undefined length, up to its delimiter.
 *
 * @throws `dicom.truncated` naming the tag at which the bytes ended; `dicom.malformed`; `dicom.too-large`
 *   for sequences nested deeper than 64; `dicom.attribute-repeated`, unless only what stands before the pixel data
 *   is read: who reads that alone looks for something, and no number comes from it.
 */
export function readElements(cursor: Cursor, context: ReadContext, where: Where = 'file'): ReadElements {
  if (context.depth > MAX_DEPTH) throw dicomError('dicom.too-large', 'sequences nested too deep');
  const read: ReadElements = { dataset: {} };
  let inner = context;
  let contentEnd: number | undefined;
  while (cursor.remaining > 0) {
    if (context.depth === 0 && isZeroGroup(cursor)) {
      // Found once: a search per element would take quadratic time for a file of zeros.
      contentEnd ??= endOfContent(cursor.bytes);
      if (cursor.position >= contentEnd) break;
    }
    // No element is that short. Before the pixel data it would be one that was cut off.
    if (read.pixelData && cursor.remaining < SHORTEST_ELEMENT) break;
    const tag = cursor.readTag();
    if (tag.startsWith('FFFE')) {
      const length = cursor.uint32();
      if (tag === ITEM_END && where === 'item') return read;
      // A delimiter where none is due carries nothing; anything longer is no delimiter.
      if (length > 0) throw dicomError('dicom.malformed', `${tagText(tag)} out of place`);
      continue;
    }
    if (isPixelData(tag) && context.depth === 0) {
      if (context.stopBeforePixelData) return { ...read, stoppedAtPixelData: true };
      const beside =
        read.pixelData !== undefined && read.pixelData.tag !== tag ? { beside: true as const } : {};
      const pixelData = readPixelData(cursor, tag, inner);
      if (!beside.beside) refuseRepeated(tag, read.pixelData, pixelData, context);
      read.pixelData = { ...pixelData, ...beside };
      continue;
    }
    const element = readElement(cursor, tag, inner, read.pixelData);
    if (!tag.endsWith('0000')) {
      refuseRepeated(tag, read.dataset[tag], element, context);
      read.dataset[tag] = element;
    }
    inner = inherited(inner, tag, read.dataset);
  }
  if (where === 'item') throw dicomError('dicom.truncated', `in an item after ${tagText(cursor.tag)}`);
  return read;
}

/**
 * An attribute stands at most once in a data set (PS3.5 section 7.1): of two that differ some programs take the first,
 * others the last. The same one again means the same to all; of private ones nothing is read.
 */
function refuseRepeated<T>(tag: string, known: T | undefined, found: T, context: ReadContext): void {
  const isRead = !context.isPrivate && !context.stopBeforePixelData && !isPrivate(tag);
  if (known === undefined || !isRead || isDeepStrictEqual(known, found)) return;
  throw dicomError('dicom.attribute-repeated', attributeName(tag));
}

/**
 * One element behind its tag. Elements come in order of their tags (PS3.5 section 7.1), so a lower one behind the pixel
 * data that does not fit the bytes is none that was cut off: the bytes are of no element.
 */
function readElement(cursor: Cursor, tag: string, context: ReadContext, before?: RawPixelData): Element {
  try {
    return readValue(cursor, readHeader(cursor, tag, context), context);
  } catch (thrown) {
    if (before === undefined || tag > before.tag || asPrelectorError(thrown).code !== 'dicom.truncated')
      throw thrown;
    const where = `${tagText(tag)} behind ${tagText(before.tag)}`;
    throw dicomError('dicom.malformed', `the bytes read as ${where} are no element`, { cause: thrown });
  }
}

function isPixelData(tag: string): boolean {
  return tag === tags.PixelData || tag === tags.FloatPixelData || tag === tags.DoubleFloatPixelData;
}

/** No element of a data set is of group 0000: it is either broken or the beginning of padding. */
function isZeroGroup({ bytes, position }: Cursor): boolean {
  return bytes[position] === 0 && bytes[position + 1] === 0;
}

/** Where the zeros begin that are behind all else, with which some archives fill a block. */
function endOfContent(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

function inherited(context: ReadContext, tag: string, dataset: Dataset): ReadContext {
  if (tag === '00080005') {
    const characterSets = (dataset[tag]?.Value ?? []).map((value) =>
      typeof value === 'string' ? value : '',
    );
    return characterSets.length > 0 ? { ...context, characterSets } : context;
  }
  if (tag === '00280103') return { ...context, signed: dataset[tag]?.Value?.[0] === 1 };
  return context;
}

function readHeader(cursor: Cursor, tag: string, context: ReadContext): Header {
  if (!context.explicit) return { tag, vr: implicitVr(tag, context), length: cursor.uint32() };
  const vr = cursor.peekVr();
  // Some senders write single elements of an explicit file in implicit VR; their length is no two letters.
  if (!/^[A-Z]{2}$/u.test(vr) && !vr.startsWith('\0')) {
    return { tag, vr: implicitVr(tag, context), length: cursor.uint32() };
  }
  cursor.take(2);
  const known = isVr(vr);
  if (known && !hasLongLength(vr)) return { tag, vr, length: cursor.uint16() };
  if (!known) return unknownVr(cursor, tag);
  cursor.take(2);
  return { tag, vr, length: cursor.uint32() };
}

/**
 * A VR that the standard does not know: read as the dictionary's. Newer VRs have the long form (PS3.5 section
 * 7.1.2), broken senders write the short one; a long length that goes past the end tells them apart.
 */
function unknownVr(cursor: Cursor, tag: string): Header {
  const vr = vrOf(tag);
  const short = cursor.uint16();
  if (short > 0 || cursor.remaining < 4) return { tag, vr, length: short };
  const long = cursor.uint32();
  if (long === UNDEFINED_LENGTH || long <= cursor.remaining) return { tag, vr, length: long };
  cursor.position -= 4;
  return { tag, vr, length: 0 };
}

function implicitVr(tag: string, context: ReadContext): string {
  return context.signed && isUsOrSs(tag) ? 'SS' : vrOf(tag);
}

function readValue(cursor: Cursor, { tag, vr, length }: Header, context: ReadContext): Element {
  if (length === UNDEFINED_LENGTH) {
    if (isPixelData(tag) || isBulk(vr)) return { vr, bytes: encapsulated(cursor, tag) };
    // PS3.5 section 6.2.2: a UN value of undefined length is a sequence in implicit VR little endian.
    const nested = vr === 'UN' ? { ...context, explicit: false } : context;
    if (vr !== 'SQ' && vr !== 'UN' && !isPrivate(tag)) {
      throw dicomError('dicom.malformed', `undefined length of ${vr} at ${tagText(tag)}`);
    }
    if (vr !== 'UN' || cursor.littleEndian) return sequence(readItems(cursor, tag, nested, 'delimited'));
    // Little endian in a big endian file too.
    const inner = new Cursor(cursor.bytes, true, cursor.position);
    const items = readItems(inner, tag, nested, 'delimited');
    cursor.position = inner.position;
    return sequence(items);
  }
  const bytes = cursor.take(length);
  if (vr === 'SQ') return sequence(readItems(within(cursor, bytes), tag, context, 'bounded'));
  const { littleEndian } = cursor;
  // Words written as bytes say as little of their order as under UN.
  const isBytes = vr === 'OB' && tag === tags.LUTData && !littleEndian;
  if (vr === 'UN' || isBytes) return readUnknown(tag, bytes, context, littleEndian);
  return decodeValue(readableVr(tag, vr), bytes, { littleEndian, characterSets: context.characterSets });
}

/**
 * A UN value (PS3.5 section 6.2.2 note 2): what the dictionary knows is read as what it is, a private value
 * that is a whole sequence as one, anything else kept as bytes. In a big endian file some programs turn such a value
 * round, others do not, and which is right nothing tells: where both orders differ, bytes that no one can use are left.
 */
function readUnknown(tag: string, bytes: Uint8Array, context: ReadContext, littleEndian: boolean): Element {
  const vr = implicitVr(tag, context);
  const isSequence = vr === 'SQ' || (vr === 'UN' && startsWithItem(bytes));
  if (isSequence) {
    try {
      const inner = new Cursor(bytes, true);
      return sequence(readItems(inner, tag, { ...context, explicit: false }, 'bounded'));
    } catch (thrown) {
      if (!(thrown instanceof PrelectorError) || thrown.code === 'dicom.attribute-repeated') throw thrown;
      return { vr: 'UN', bytes };
    }
  }
  const { characterSets } = context;
  const element = decodeValue(vr, bytes, { littleEndian: true, characterSets });
  if (littleEndian || isDeepStrictEqual(element, decodeValue(vr, bytes, { littleEndian, characterSets }))) {
    return element;
  }
  return { vr: 'UN', bytes };
}

function startsWithItem(bytes: Uint8Array): boolean {
  return bytes[0] === 0xfe && bytes[1] === 0xff && bytes[2] === 0 && bytes[3] === 0xe0;
}

function sequence(items: Dataset[]): Element {
  return items.length > 0 ? { vr: 'SQ', Value: items } : { vr: 'SQ' };
}

function within(cursor: Cursor, bytes: Uint8Array): Cursor {
  const inner = new Cursor(bytes, cursor.littleEndian);
  inner.tag = cursor.tag;
  return inner;
}

/** The items of a sequence (PS3.5 section 7.5), bounded by its length or ended by its delimiter. */
function readItems(
  cursor: Cursor,
  tag: string,
  context: ReadContext,
  end: 'bounded' | 'delimited',
): Dataset[] {
  const items: Dataset[] = [];
  const nested: ReadContext = {
    ...context,
    depth: context.depth + 1,
    ...(isPrivate(tag) ? { isPrivate: true } : {}),
  };
  for (;;) {
    if (end === 'bounded' && cursor.remaining === 0) break;
    const marker = cursor.readTag();
    const length = cursor.uint32();
    if (marker === SEQUENCE_END) break;
    if (marker !== ITEM) throw dicomError('dicom.malformed', `no item where one is due in ${tagText(tag)}`);
    const item =
      length === UNDEFINED_LENGTH
        ? readElements(cursor, nested, 'item')
        : readElements(within(cursor, cursor.take(length)), nested);
    items.push(item.dataset);
  }
  cursor.tag = tag;
  return items;
}

/** VRs of which a value of undefined length can only be fragments. */
function isBulk(vr: string): boolean {
  return /^O[BDFLVW]$/u.test(vr);
}

/** The fragments of an encapsulated value within an item, such as an icon (PS3.5 section A.4), as they lie there. */
function encapsulated(cursor: Cursor, tag: string): Uint8Array {
  const from = cursor.position;
  readFragments(cursor, tag);
  return cursor.bytes.subarray(from, cursor.position);
}

function readPixelData(cursor: Cursor, tag: string, context: ReadContext): RawPixelData {
  const { vr: written, length } = readHeader(cursor, tag, context);
  const vr = sampleVr(tag, written);
  if (length !== UNDEFINED_LENGTH) return { tag, vr, value: cursor.take(length) };
  return { tag, vr, fragments: readFragments(cursor, tag) };
}

/** Which attribute pixel data stand in says what they are, and no VR that a sender put in its place. */
function sampleVr(tag: string, written: string): string {
  if (tag === tags.FloatPixelData) return 'OF';
  if (tag === tags.DoubleFloatPixelData) return 'OD';
  return ['OB', 'UN'].includes(written) ? written : 'OW';
}

function readFragments(cursor: Cursor, tag: string): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  for (;;) {
    const marker = cursor.readTag();
    cursor.tag = tag;
    const size = cursor.uint32();
    if (marker === SEQUENCE_END) return fragments;
    if (marker !== ITEM) throw dicomError('dicom.malformed', 'no fragment where one is due in pixel data');
    fragments.push(cursor.take(size));
  }
}

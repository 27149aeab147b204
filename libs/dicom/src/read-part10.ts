import { PrelectorError } from '@prelector/kernel';
import { Cursor } from './cursor.js';
import type { Dataset } from './dataset.js';
import { statedNumber, stringOf } from './dataset.js';
import { swapped } from './decode-value.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { checkFirstElement, isExplicit, isFirstTag, vrAt } from './first-element.js';
import { inflate, inflatedBound, inflatedHeads } from './inflate.js';
import type { PixelData } from './pixel-data.js';
import { pixelDataOf } from './pixel-data.js';
import type { ReadContext, ReadElements } from './read-elements.js';
import { readElements } from './read-elements.js';
import { tags } from './tags.js';
import { hasLongLength, isVr, wordSizes } from './vr.js';

/** Transfer syntaxes that decide how the data set itself is encoded (PS3.5 annex A). */
const IMPLICIT_LE = '1.2.840.10008.1.2';
const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const DEFLATED_LE = '1.2.840.10008.1.2.1.99';
const EXPLICIT_BE = '1.2.840.10008.1.2.2';

const NO_MARK = 'no DICM at byte 128, and no data set from byte 0';

/** A file of PS3.10, read. Binary values are views of the bytes given, so keep those while using it. */
export interface Part10 {
  meta: Dataset;
  dataset: Dataset;
  transferSyntaxUid: string;
  pixelData?: PixelData;
  /** With `stopBeforePixelData`: pixel data were reached, so every attribute before them was there. */
  stoppedAtPixelData?: true;
}

export interface ReadOptions {
  /** Reads up to the pixel data, so that the head of a file is enough. */
  stopBeforePixelData?: boolean;
  /** The most bytes that a deflated data set may inflate to; by default 64 MiB or 200 times its own size. */
  maxInflatedBytes?: number;
}

/**
 * Reads a DICOM file (PS3.10 section 7): text as Unicode, sequences nested, pixel data apart as frames.
 * Tolerates missing file meta information, deflated and big endian data sets, undefined lengths, sequences
 * hidden in UN values, and a data set that is not in the VR encoding that its transfer syntax says. Bytes without
 * the mark `DICM` are DICOM only where they begin with a data set or file meta information, and can be read.
 *
 * @throws `dicom.not-dicom`, `dicom.truncated` (naming the tag where the bytes end), `dicom.malformed`,
 *   `dicom.too-large`; `dicom.pixel-data-mismatch` for big endian samples of a VR without words;
 *   `dicom.attribute-repeated` where one stands twice in a data set with two values, unless only
 *   the head is read.
 */
export function readPart10(file: Uint8Array, options: ReadOptions = {}): Part10 {
  // A Buffer's views would be Buffers, which compare and print unlike other byte arrays.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const start = startOf(bytes);
  return start > 0 ? readFrom(bytes, start, options) : readUnmarked(bytes, options);
}

/**
 * A data set, or file meta information with one, from the first byte. Whatever does not hold up as that is no
 * DICOM, be it a file whose mark is lost behind its preamble.
 */
function readUnmarked(bytes: Uint8Array, options: ReadOptions): Part10 {
  if (bytes.length < 8) throw dicomError('dicom.not-dicom', `${bytes.length} bytes`);
  const begins = [true, false].some((littleEndian) => isFirstTag(new Cursor(bytes, littleEndian).readTag()));
  if (!begins) throw dicomError('dicom.not-dicom', NO_MARK);
  try {
    return readFrom(bytes, 0, options);
  } catch (thrown) {
    const isBroken =
      thrown instanceof PrelectorError && ['dicom.truncated', 'dicom.malformed'].includes(thrown.code);
    throw isBroken ? dicomError('dicom.not-dicom', NO_MARK, { cause: thrown }) : thrown;
  }
}

function readFrom(bytes: Uint8Array, start: number, options: ReadOptions): Part10 {
  const { meta, end } = readMeta(bytes, start, options.stopBeforePixelData ?? false);
  const transferSyntaxUid = stringOf(meta, tags.TransferSyntaxUID) ?? guessSyntax(bytes, end);
  const { dataset, pixelData, stoppedAtPixelData } = readBody(
    bytes.subarray(end),
    transferSyntaxUid,
    options,
  );
  if (stoppedAtPixelData) return { meta, dataset, transferSyntaxUid, stoppedAtPixelData };
  if (!pixelData) return { meta, dataset, transferSyntaxUid };
  const value =
    pixelData.value && transferSyntaxUid === EXPLICIT_BE
      ? littleEndian(pixelData.value, pixelData.vr, dataset)
      : undefined;
  const raw = value ? { ...pixelData, value } : pixelData;
  return { meta, dataset, transferSyntaxUid, pixelData: pixelDataOf(raw, dataset) };
}

function readBody(body: Uint8Array, transferSyntaxUid: string, options: ReadOptions): ReadElements {
  const stopBeforePixelData = options.stopBeforePixelData ?? false;
  const littleEndian = transferSyntaxUid !== EXPLICIT_BE;
  const explicit = transferSyntaxUid !== IMPLICIT_LE;
  const deflated = transferSyntaxUid === DEFLATED_LE;
  if (!deflated) checkFirstElement(body, littleEndian);
  const context: ReadContext = {
    explicit: deflated ? explicit : isExplicit(body, explicit, littleEndian),
    characterSets: [],
    signed: false,
    depth: 0,
    stopBeforePixelData,
  };
  if (!deflated) return readElements(new Cursor(body, littleEndian), context);
  const maxBytes = options.maxInflatedBytes ?? inflatedBound(body.length);
  const head = stopBeforePixelData ? readHead(inflatedHeads(body, maxBytes), context) : undefined;
  return head ?? readElements(new Cursor(inflate(body, maxBytes), true), context);
}

/** The elements before the pixel data from the first head that reaches them; undefined where none does. */
function readHead(heads: Iterable<Uint8Array>, context: ReadContext): ReadElements | undefined {
  for (const head of heads) {
    try {
      const read = readElements(new Cursor(head, true), context);
      if (read.stoppedAtPixelData) return read;
    } catch (thrown) {
      // A head ends anywhere, so what is wrong with it may only be its end; the whole is judged by itself.
      if (!(thrown instanceof PrelectorError)) throw thrown;
    }
  }
  return undefined;
}

/** Where the file meta information, or without it the data set, begins. */
function startOf(bytes: Uint8Array): number {
  if (hasPrefix(bytes, 128)) return 132;
  if (hasPrefix(bytes, 0)) return 4;
  return 0;
}

function hasPrefix(bytes: Uint8Array, at: number): boolean {
  return [0x44, 0x49, 0x43, 0x4d].every((code, index) => bytes[at + index] === code);
}

/**
 * The elements of group 0002 in Explicit VR Little Endian, or in Implicit as some old writers have them; their
 * group length is not relied on.
 */
function readMeta(
  bytes: Uint8Array,
  start: number,
  stopBeforePixelData: boolean,
): { meta: Dataset; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = start;
  while (bytes[end] === 0x02 && bytes[end + 1] === 0x00 && end + 8 <= bytes.length) {
    const vr = vrAt(bytes, end);
    const long = hasLongLength(vr);
    if (long && end + 12 > bytes.length) throw dicomError('dicom.truncated', 'in the file meta information');
    if (!isVr(vr)) {
      end += 8 + view.getUint32(end + 4, true);
      if (end > bytes.length) throw dicomError('dicom.malformed', 'file meta information');
    } else end += long ? 12 + view.getUint32(end + 8, true) : 8 + view.getUint16(end + 6, true);
  }
  if (end > bytes.length) throw dicomError('dicom.truncated', 'in the file meta information');
  const context = {
    explicit: true,
    characterSets: [],
    signed: false,
    depth: 0,
    stopBeforePixelData,
  };
  const { dataset } = readElements(new Cursor(bytes.subarray(start, end), true), context);
  return { meta: dataset, end };
}

/** The transfer syntax of a data set that does not state one, from its first element. */
function guessSyntax(bytes: Uint8Array, at: number): string {
  if (bytes.length < at + 8) throw dicomError('dicom.truncated', `${bytes.length} bytes`);
  if (!isVr(vrAt(bytes, at))) return IMPLICIT_LE;
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  return first < second ? EXPLICIT_BE : EXPLICIT_LE;
}

/**
 * Big endian pixel data turned round by the words in which PS3.5 section 8.1 and annex A.3 store them. Samples of more
 * than 8 bits are no bytes (OB, UN): some programs turn such round, others do not, and which is right nothing tells.
 */
function littleEndian(value: Uint8Array, vr: string, dataset: Dataset): Uint8Array {
  const bits = statedNumber(dataset, tags.BitsAllocated);
  if ((vr === 'OB' || vr === 'UN') && bits.kind === 'number' && bits.value > 8) {
    const what = `${attributeName(tags.PixelData)} is of VR ${vr} and big endian`;
    throw dicomError(
      'dicom.pixel-data-mismatch',
      `${what}, and ${attributeName(tags.BitsAllocated)} ${bits.value}: OW is due`,
    );
  }
  if (vr !== 'OW') return swapped(value, wordSizes[vr] ?? 1);
  const allocated = dataset[tags.BitsAllocated]?.Value?.[0];
  return swapped(value, allocated === 32 ? 4 : 2);
}

import { PrelectorError } from '@prelector/kernel';
import { Cursor } from './cursor.js';
import type { Dataset } from './dataset.js';
import { stringOf } from './dataset.js';
import { swapped } from './decode-value.js';
import { keywordOf } from './dictionary.js';
import { dicomError } from './errors.js';
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
 * Tolerates a missing preamble or file meta information, deflated and big endian data sets, undefined
 * lengths, and sequences hidden in UN values.
 *
 * @throws `dicom.not-dicom`, `dicom.truncated` (naming the tag where the bytes end), `dicom.malformed`,
 *   `dicom.too-large`.
 */
export function readPart10(file: Uint8Array, options: ReadOptions = {}): Part10 {
  // A Buffer's views would be Buffers, which compare and print unlike other byte arrays.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const start = startOf(bytes);
  const { meta, end } = readMeta(bytes, start);
  const transferSyntaxUid = stringOf(meta, tags.TransferSyntaxUID) ?? guessSyntax(bytes, end, start > 0);
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
  const context: ReadContext = {
    explicit: transferSyntaxUid !== IMPLICIT_LE,
    characterSets: [],
    signed: false,
    depth: 0,
    stopBeforePixelData,
  };
  if (transferSyntaxUid !== DEFLATED_LE) {
    return readElements(new Cursor(body, transferSyntaxUid !== EXPLICIT_BE), context);
  }
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

/** The elements of group 0002, always in Explicit VR Little Endian; their group length is not relied on. */
function readMeta(bytes: Uint8Array, start: number): { meta: Dataset; end: number } {
  let end = start;
  while (bytes[end] === 0x02 && bytes[end + 1] === 0x00 && end + 8 <= bytes.length) {
    const vr = String.fromCharCode(bytes[end + 4] as number, bytes[end + 5] as number);
    if (!isVr(vr)) throw dicomError('dicom.malformed', 'file meta information');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const long = hasLongLength(vr);
    if (long && end + 12 > bytes.length) throw dicomError('dicom.truncated', 'in the file meta information');
    end += long ? 12 + view.getUint32(end + 8, true) : 8 + view.getUint16(end + 6, true);
  }
  if (end > bytes.length) throw dicomError('dicom.truncated', 'in the file meta information');
  const context = {
    explicit: true,
    characterSets: [],
    signed: false,
    depth: 0,
    stopBeforePixelData: false,
  };
  const { dataset } = readElements(new Cursor(bytes.subarray(start, end), true), context);
  return { meta: dataset, end };
}

/** The transfer syntax of a data set that does not state one, from its first element. Without the mark `DICM` it may be anything. */
function guessSyntax(bytes: Uint8Array, at: number, marked: boolean): string {
  if (bytes.length < at + 8) throw dicomError('dicom.not-dicom', `${bytes.length} bytes`);
  const explicit = isVr(String.fromCharCode(bytes[at + 4] as number, bytes[at + 5] as number));
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  const bigEndian = explicit && first < second;
  const cursor = new Cursor(bytes, !bigEndian, at);
  const tag = cursor.readTag();
  if (!marked && keywordOf(tag) === undefined && !tag.endsWith('0000')) throw dicomError('dicom.not-dicom');
  if (explicit) return bigEndian ? EXPLICIT_BE : EXPLICIT_LE;
  if (!marked && cursor.uint32() > cursor.remaining) throw dicomError('dicom.not-dicom');
  return IMPLICIT_LE;
}

/** Big endian pixel data turned round by the words in which PS3.5 section 8.1 and annex A.3 store them. */
function littleEndian(value: Uint8Array, vr: string, dataset: Dataset): Uint8Array {
  if (vr !== 'OW') return swapped(value, wordSizes[vr] ?? 1);
  const allocated = dataset[tags.BitsAllocated]?.Value?.[0];
  return swapped(value, allocated === 32 ? 4 : 2);
}

import type { Dataset } from './dataset.js';
import { numberOf, statedNumber, stringOf } from './dataset.js';
import { dicomError } from './errors.js';
import type { RawPixelData } from './read-elements.js';
import { tags } from './tags.js';

const MAX_FRAMES = 1_000_000;

/** The frames of an image as stored: each a view of the file, or a compressed stream of its own. */
export interface PixelData {
  /**
   * Native: the bytes of each frame, little endian. Encapsulated: the stream of each frame, its fragments
   * joined. When the data do not fit the attributes, one entry with all there is; decoding refuses it.
   */
  frames: Uint8Array[];
  encapsulated: boolean;
  /** What the samples are: OF or OD of floating point, else whole numbers. */
  vr: string;
  /** Pixel data stand in another attribute too, and which are the image nothing tells. */
  beside?: true;
}

/** Cuts pixel data into frames (PS3.5 sections 8.1 and A.4). */
export function pixelDataOf(raw: Omit<RawPixelData, 'tag'>, dataset: Dataset): PixelData {
  const stated = statedNumber(dataset, tags.NumberOfFrames);
  // Frames that cannot be counted are kept as one piece: whoever decodes them is told why.
  const isCount = stated.kind === 'number' && Number.isInteger(stated.value) && stated.value <= MAX_FRAMES;
  const count = isCount ? Math.max(1, stated.value) : 1;
  const common = { vr: raw.vr, ...(raw.beside ? { beside: true as const } : {}) };
  if (raw.fragments) {
    return { ...common, frames: encapsulatedFrames(raw.fragments, count, dataset), encapsulated: true };
  }
  return { ...common, frames: nativeFrames(raw.value as Uint8Array, count, dataset), encapsulated: false };
}

/** Bits of one native frame, YBR_FULL_422 with two bytes per pixel (PS3.3 C.7.6.3.1.2); 0 when unknown. */
export function frameBits(dataset: Dataset): number {
  const pixels = (numberOf(dataset, tags.Rows) ?? 0) * (numberOf(dataset, tags.Columns) ?? 0);
  const samples = numberOf(dataset, tags.SamplesPerPixel) ?? 1;
  const halved = stringOf(dataset, tags.PhotometricInterpretation) === 'YBR_FULL_422' && samples === 3;
  return pixels * (halved ? 2 : samples) * (numberOf(dataset, tags.BitsAllocated) ?? 0);
}

function nativeFrames(value: Uint8Array, count: number, dataset: Dataset): Uint8Array[] {
  const bits = frameBits(dataset);
  const needed = Math.ceil((bits * count) / 8);
  if (bits === 0 || needed > value.length || holdsMore(value, needed)) return [value];
  const frames: Uint8Array[] = [];
  for (let index = 0; index < count; index++) frames.push(bitsFrom(value, index * bits, bits));
  return frames;
}

/**
 * True when bytes are left over that are no padding: the attributes speak of another picture, of one more column or
 * row maybe. A value is padded to an even length (PS3.5 section 8.1.1), by some writers with zeros to a multiple of four.
 */
export function holdsMore(value: Uint8Array, needed: number): boolean {
  const leftOver = value.subarray(needed);
  return leftOver.length > 1 && (leftOver.length > 3 || leftOver.some((byte) => byte !== 0));
}

/** Bits of a packed run as bytes: a view where they begin on a byte, else a shifted copy. */
function bitsFrom(value: Uint8Array, first: number, length: number): Uint8Array {
  const start = Math.floor(first / 8);
  const shift = first % 8;
  const size = Math.ceil(length / 8);
  if (shift === 0) return value.subarray(start, start + size);
  const copy = new Uint8Array(size);
  for (let index = 0; index < size; index++) {
    const low = (value[start + index] as number) >> shift;
    copy[index] = low | ((value[start + index + 1] ?? 0) << (8 - shift));
  }
  return copy;
}

function encapsulatedFrames(items: Uint8Array[], count: number, dataset: Dataset): Uint8Array[] {
  const [table, ...fragments] = items;
  if (fragments.length === 0)
    throw dicomError('dicom.malformed', 'encapsulated pixel data without a fragment');
  if (count === 1) return [joined(fragments)];
  if (fragments.length === count) return fragments;
  const offsets = extendedOffsets(dataset, count) ?? basicOffsets(table as Uint8Array);
  const groups = offsets.length === count ? byOffsets(fragments, offsets) : byStartMarkers(fragments);
  return groups.length === count ? groups.map(joined) : [joined(fragments)];
}

function joined(fragments: Uint8Array[]): Uint8Array {
  return fragments.length === 1 ? (fragments[0] as Uint8Array) : Buffer.concat(fragments);
}

function basicOffsets(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / 4) }, (_, index) => view.getUint32(index * 4, true));
}

function extendedOffsets(dataset: Dataset, count: number): number[] | undefined {
  const element = dataset[tags.ExtendedOffsetTable];
  const bytes = element?.bytes;
  if (!bytes || bytes.length !== count * 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => Number(view.getBigUint64(index * 8, true)));
}

/** Fragments grouped by the offsets of the first fragment of each frame, counted from the first item's tag. */
function byOffsets(fragments: Uint8Array[], offsets: number[]): Uint8Array[][] {
  const starts = new Set(offsets);
  const groups: Uint8Array[][] = [];
  let offset = 0;
  for (const fragment of fragments) {
    if (starts.has(offset)) groups.push([]);
    groups.at(-1)?.push(fragment);
    offset += 8 + fragment.length;
  }
  return groups;
}

/** Fragments grouped by those that begin a JPEG (FFD8) or JPEG 2000 (FF4F) stream. */
function byStartMarkers(fragments: Uint8Array[]): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  for (const fragment of fragments) {
    const starts = fragment[0] === 0xff && (fragment[1] === 0xd8 || fragment[1] === 0x4f);
    if (starts || groups.length === 0) groups.push([]);
    groups.at(-1)?.push(fragment);
  }
  return groups;
}

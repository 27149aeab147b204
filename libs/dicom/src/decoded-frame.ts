import { wholeNumberProblem } from './attribute-problem.js';
import type { Dataset } from './dataset.js';
import { numberOf, stringOf } from './dataset.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { tags } from './tags.js';

/** Samples of one frame; float only for Float and Double Float Pixel Data. */
export type Samples =
  Int16Array | Uint16Array | Uint8Array | Int8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** One frame decoded: stored values, before rescale; colour interleaved by pixel. */
export interface DecodedFrame {
  rows: number;
  columns: number;
  samplesPerPixel: number;
  bitsStored: number;
  signed: boolean;
  /** Of `pixels` as they are now, which differs from the attribute where decoding converts colour. */
  photometricInterpretation: string;
  pixels: Samples;
}

/** What the Image Pixel Module (PS3.3 C.7.6.3) says of a frame. */
export interface PixelLayout {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometricInterpretation: string;
  /** The bits of a sample, as a mask, that the header gives to overlays (PS3.5 section 8.1.2). */
  readonly overlayBits?: number;
}

/** No detector or scanner goes beyond; a header that does asks for memory, not for a picture. */
const MAX_SAMPLES = 2 ** 29;

/**
 * Reads the layout of an image's frames.
 *
 * @throws `dicom.pixel-data-mismatch` when it says nothing that pixels could have, `dicom.too-large`.
 */
export function layoutOf(dataset: Dataset, allocatedByVr?: number): PixelLayout {
  const rows = whole(dataset, tags.Rows, { least: 1, most: 0xffff });
  const columns = whole(dataset, tags.Columns, { least: 1, most: 0xffff });
  const samplesPerPixel = whole(dataset, tags.SamplesPerPixel, { least: 1, most: 3, absent: 1 });
  const bitsAllocated = allocatedByVr ?? whole(dataset, tags.BitsAllocated, { least: 1, most: 64 });
  const bitsStored = whole(dataset, tags.BitsStored, {
    least: 1,
    most: bitsAllocated,
    absent: bitsAllocated,
  });
  const bounds = { least: bitsStored - 1, most: bitsAllocated - 1, absent: bitsStored - 1 };
  const highBit = whole(dataset, tags.HighBit, bounds);
  if (samplesPerPixel === 2) throw misfit(`${attributeName(tags.SamplesPerPixel)} is 2`);
  if (![1, 8, 16, 32, 64].includes(bitsAllocated)) {
    throw misfit(`${attributeName(tags.BitsAllocated)} is ${bitsAllocated}`);
  }
  if (rows * columns * samplesPerPixel > MAX_SAMPLES)
    throw dicomError('dicom.too-large', 'pixels of a frame');
  return {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: whole(dataset, tags.PixelRepresentation, { least: 0, most: 1, absent: 0 }) === 1,
    planar: samplesPerPixel > 1 && numberOf(dataset, tags.PlanarConfiguration) === 1,
    photometricInterpretation: stringOf(dataset, tags.PhotometricInterpretation) ?? 'MONOCHROME2',
    overlayBits: overlayBitsOf(dataset, bitsStored),
  };
}

/** Overlays may lie above the stored bits (PS3.3 C.9.2.1.1): Overlay Bit Position of the groups 6000 to 601E. */
function overlayBitsOf(dataset: Dataset, bitsStored: number): number {
  return Object.keys(dataset)
    .filter((tag) => OVERLAY_BIT_POSITION.test(tag))
    .map((tag) => numberOf(dataset, tag))
    .filter((bit) => bit !== undefined && Number.isInteger(bit) && bit >= bitsStored && bit < 32)
    .reduce<number>((mask, bit) => mask | (1 << (bit as number)), 0);
}

const OVERLAY_BIT_POSITION = /^60[01][02468ACE]0102$/u;

/** A whole number of the header; its default stands in where it is absent, never where it is unreadable. */
function whole(
  dataset: Dataset,
  tag: string,
  { absent, ...bounds }: { least: number; most: number; absent?: number },
): number {
  const problem = wholeNumberProblem(dataset, tag, { ...bounds, optional: absent !== undefined });
  if (problem !== undefined) throw misfit(problem);
  return numberOf(dataset, tag) ?? (absent as number);
}

const misfit = (detail: string) => dicomError('dicom.pixel-data-mismatch', detail);

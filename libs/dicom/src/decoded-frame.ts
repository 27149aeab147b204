import type { Dataset } from './dataset.js';
import { numberOf, stringOf } from './dataset.js';
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
}

/** No detector or scanner goes beyond; a header that does asks for memory, not for a picture. */
const MAX_SAMPLES = 2 ** 29;

/**
 * Reads the layout of an image's frames.
 *
 * @throws `dicom.pixel-data-mismatch` when it says nothing that pixels could have, `dicom.too-large`.
 */
export function layoutOf(dataset: Dataset, allocatedByVr?: number): PixelLayout {
  const rows = numberOf(dataset, tags.Rows) ?? 0;
  const columns = numberOf(dataset, tags.Columns) ?? 0;
  const samplesPerPixel = numberOf(dataset, tags.SamplesPerPixel) ?? 1;
  const bitsAllocated = allocatedByVr ?? numberOf(dataset, tags.BitsAllocated) ?? 0;
  const bitsStored = numberOf(dataset, tags.BitsStored) ?? bitsAllocated;
  const highBit = numberOf(dataset, tags.HighBit) ?? bitsStored - 1;
  if (rows < 1 || columns < 1 || (samplesPerPixel !== 1 && samplesPerPixel !== 3)) {
    throw dicomError('dicom.pixel-data-mismatch', `${rows} x ${columns} x ${samplesPerPixel} samples`);
  }
  if (![1, 8, 16, 32, 64].includes(bitsAllocated) || bitsStored > bitsAllocated || bitsStored < 1) {
    throw dicomError('dicom.pixel-data-mismatch', `${bitsStored} of ${bitsAllocated} bits`);
  }
  if (highBit >= bitsAllocated || highBit < bitsStored - 1) {
    throw dicomError('dicom.pixel-data-mismatch', `high bit ${highBit} of ${bitsAllocated} bits`);
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
    signed: numberOf(dataset, tags.PixelRepresentation) === 1,
    planar: samplesPerPixel > 1 && numberOf(dataset, tags.PlanarConfiguration) === 1,
    photometricInterpretation: stringOf(dataset, tags.PhotometricInterpretation) ?? 'MONOCHROME2',
  };
}

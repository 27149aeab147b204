import type { DecodedFrame, PixelLayout, Samples } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { tags } from './tags.js';

/**
 * Samples from the little endian bytes of a native frame (PS3.5 section 8.1.1): bits unpacked, unused high
 * bits masked off or the sign extended over them, colour interleaved. The samples are a view of the bytes
 * where those can be used as they are. With `overshoots`, values beyond the bits stored are lossy
 * compression's and are clamped instead of masked.
 */
export function nativeFrame(
  bytes: Uint8Array,
  layout: PixelLayout,
  vr: string,
  options: { overshoots?: boolean } = {},
): DecodedFrame {
  const count = layout.rows * layout.columns * layout.samplesPerPixel;
  if (layout.photometricInterpretation === 'YBR_FULL_422' && layout.samplesPerPixel === 3) {
    return frameOf(layout, upsampled(bytes, layout), 'YBR_FULL');
  }
  const needed = Math.ceil((count * layout.bitsAllocated) / 8);
  if (bytes.length < needed) {
    throw dicomError('dicom.pixel-data-mismatch', `${bytes.length} bytes where ${needed} are due`);
  }
  if (layout.bitsAllocated === 1) return frameOf(layout, unpackedBits(bytes, count));
  const stored = samplesOf(bytes.subarray(0, needed), layout, vr);
  const samples = options.overshoots ? clamped(stored, layout.bitsStored) : cleaned(stored, layout);
  return frameOf(layout, layout.planar ? interleaved(samples, layout) : samples);
}

function frameOf(layout: PixelLayout, pixels: Samples, photometric?: string): DecodedFrame {
  return {
    rows: layout.rows,
    columns: layout.columns,
    samplesPerPixel: layout.samplesPerPixel,
    bitsStored: layout.bitsStored,
    signed: layout.signed,
    photometricInterpretation: photometric ?? layout.photometricInterpretation,
    pixels,
  };
}

function samplesOf(bytes: Uint8Array, { bitsAllocated, signed }: PixelLayout, vr: string): Samples {
  const size = bitsAllocated / 8;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const length = bytes.length / size;
  if (vr === 'OF') return new Float32Array(buffer, byteOffset, length);
  if (vr === 'OD') return new Float64Array(buffer, byteOffset, length);
  if (size === 1) return signed ? new Int8Array(buffer, byteOffset, length) : aligned;
  if (size === 2) {
    return signed ? new Int16Array(buffer, byteOffset, length) : new Uint16Array(buffer, byteOffset, length);
  }
  if (size === 4) {
    return signed ? new Int32Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length);
  }
  const allocated = `${attributeName(tags.BitsAllocated)} is ${bitsAllocated}`;
  throw dicomError('dicom.pixel-data-mismatch', `${allocated}, which whole numbers are not read in`);
}

/** Bits above the stored ones may hold overlays or rubbish (PS3.5 section 8.1.1); they are no part of a value. */
function cleaned(samples: Samples, { bitsAllocated, bitsStored, highBit, signed }: PixelLayout): Samples {
  const whole = bitsStored === bitsAllocated;
  if (whole || samples instanceof Float32Array || samples instanceof Float64Array) return samples;
  const up = 32 - 1 - highBit;
  const down = 32 - bitsStored;
  if (isClean(samples, up, down, signed)) return samples;
  const out = samples.slice();
  for (let index = 0; index < out.length; index++) {
    const shifted = (samples[index] as number) << up;
    out[index] = signed ? shifted >> down : shifted >>> down;
  }
  return out;
}

function clamped(samples: Samples, bitsStored: number): Samples {
  const most = 2 ** bitsStored - 1;
  return samples.some((value: number) => value > most)
    ? samples.map((value: number) => Math.min(value, most))
    : samples;
}

/** Loops over indices, for callbacks and iterators cost more than reading the file does. */
function isClean(samples: Samples, up: number, down: number, signed: boolean): boolean {
  const is16 = samples instanceof Int16Array || samples instanceof Uint16Array;
  if (is16 && up === down) return isClean16(samples, 32 - down, signed);
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index] as number;
    const shifted = value << up;
    if ((signed ? shifted >> down : shifted >>> down) !== value) return false;
  }
  return true;
}

/**
 * The usual image, the stored bits at the low end of 16, two samples at a time, which takes a quarter of the
 * time: the bits above are all zero, or, signed, all equal to the bit below them.
 */
function isClean16(samples: Int16Array | Uint16Array, bitsStored: number, signed: boolean): boolean {
  const { buffer, byteOffset, length } = samples;
  const skipped = byteOffset % 4 === 0 ? 0 : 1;
  const pairs = new Int32Array(buffer, byteOffset + skipped * 2, (length - skipped) >> 1);
  // What the pairs leave out: the sample before the first of them, and the last one.
  let seen = differing(samples[0] ?? 0, signed) | differing(samples[length - 1] ?? 0, signed);
  for (let index = 0; index < pairs.length; index++) {
    seen |= differing(pairs[index] as number, signed);
  }
  const above = (0xffff << bitsStored) & 0xffff;
  return (seen & (above | (above << 16))) === 0;
}

/** The bits that are set, or, signed, that differ from the one below them. */
function differing(sample: number, signed: boolean): number {
  return signed ? sample ^ (sample << 1) : sample;
}

function unpackedBits(bytes: Uint8Array, count: number): Uint8Array {
  const pixels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    pixels[index] = ((bytes[index >> 3] as number) >> (index & 7)) & 1;
  }
  return pixels;
}

/** Planes of samples (Planar Configuration 1) as pixels of samples. */
export function interleaved(samples: Samples, layout: PixelLayout): Samples {
  const out = samples.slice();
  const size = layout.rows * layout.columns;
  for (let index = 0; index < size; index++) {
    for (let sample = 0; sample < layout.samplesPerPixel; sample++) {
      out[index * layout.samplesPerPixel + sample] = samples[sample * size + index] as number;
    }
  }
  return out;
}

/** YBR_FULL_422 (PS3.3 C.7.6.3.1.2: Y Y Cb Cr for two pixels) with the colour of each pair given to both. */
function upsampled(bytes: Uint8Array, layout: PixelLayout): Uint8Array {
  const count = layout.rows * layout.columns;
  if (layout.bitsAllocated !== 8 || count % 2 !== 0 || bytes.length < count * 2) {
    throw dicomError('dicom.pixel-data-mismatch', 'YBR_FULL_422');
  }
  const out = new Uint8Array(count * 3);
  for (let pair = 0; pair < count / 2; pair++) {
    const [first, second, blue, red] = bytes.subarray(pair * 4, pair * 4 + 4);
    out.set([first, blue, red, second, blue, red] as number[], pair * 6);
  }
  return out;
}

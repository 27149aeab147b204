import type { Dataset } from './dataset.js';
import { itemsOf, numberOf, numbersOf, stringOf } from './dataset.js';
import type { DecodedFrame, Samples } from './decoded-frame.js';
import { frameDataset } from './frames.js';
import { tags } from './tags.js';

/** Stored value x slope + intercept (PS3.3 C.7.6.16.2.9, C.11.1.1.2). */
export interface Rescale {
  slope: number;
  intercept: number;
  /** Rescale Type, such as HU. */
  type?: string;
}

/** The rescale of a data set, or of one frame (from 0) of an enhanced one; slope 1 and intercept 0 if none. */
export function rescaleOf(dataset: Dataset, frame = 0): Rescale {
  const source = frameDataset(dataset, frame);
  const type = stringOf(source, tags.RescaleType);
  return {
    slope: numberOf(source, tags.RescaleSlope) ?? 1,
    intercept: numberOf(source, tags.RescaleIntercept) ?? 0,
    ...(type === undefined ? {} : { type }),
  };
}

/** The stored values, ends included, that mean "no pixel here" (PS3.3 C.7.5.1.1.2), or undefined. */
export function paddingOf(dataset: Dataset): { from: number; to: number } | undefined {
  const value = storedValue(dataset, tags.PixelPaddingValue);
  if (value === undefined) return undefined;
  const limit = storedValue(dataset, tags.PixelPaddingRangeLimit) ?? value;
  return { from: Math.min(value, limit), to: Math.max(value, limit) };
}

/** A stored value written as US although pixels are signed, or the other way round, as senders do. */
function storedValue(dataset: Dataset, tag: string): number | undefined {
  const value = numberOf(dataset, tag);
  if (value === undefined) return undefined;
  const signed = numberOf(dataset, tags.PixelRepresentation) === 1;
  if (signed && value > 0x7fff && value <= 0xffff) return value - 0x10000;
  return !signed && value < 0 ? value + 0x10000 : value;
}

/**
 * The values of a frame after the modality transformation: Modality LUT where there is one, else rescale.
 * Whole numbers that fit come as `Int16Array`, all else as `Float32Array`.
 *
 * @param padding what to put where the stored value is padding; by default padding is rescaled like the rest.
 */
export function rescaled(
  frame: DecodedFrame,
  dataset: Dataset,
  frameIndex = 0,
  padding?: number,
): Float32Array | Int16Array {
  const source = frameDataset(dataset, frameIndex);
  const { slope, intercept } = rescaleOf(source);
  const stored = frame.pixels;
  const lut = modalityLut(source);
  const values = lut ? mapped(stored, lut) : linear(frame, slope, intercept);
  const range = padding === undefined ? undefined : paddingOf(source);
  if (padding === undefined || !range) return values;
  for (let index = 0; index < stored.length; index++) {
    const value = stored[index] as number;
    if (value >= range.from && value <= range.to) values[index] = padding;
  }
  return values;
}

function linear(frame: DecodedFrame, slope: number, intercept: number): Float32Array | Int16Array {
  const stored = frame.pixels;
  if (!Number.isInteger(slope) || !Number.isInteger(intercept) || !staysShort(frame, slope, intercept)) {
    const values = new Float32Array(stored.length);
    for (let index = 0; index < stored.length; index++) {
      values[index] = (stored[index] as number) * slope + intercept;
    }
    return values;
  }
  const values = new Int16Array(stored.length);
  for (let index = 0; index < stored.length; index++) {
    values[index] = ((stored[index] as number) * slope + intercept) | 0;
  }
  return values;
}

function staysShort(frame: DecodedFrame, slope: number, intercept: number): boolean {
  if (frame.pixels instanceof Float32Array || frame.pixels instanceof Float64Array) return false;
  const fits = ([least, most]: readonly [number, number]) =>
    [least, most].every((value) => Math.abs(value * slope + intercept + 0.5) <= 0x8000);
  return fits(possibleRange(frame)) || fits(actualRange(frame.pixels));
}

function possibleRange({ bitsStored, signed }: DecodedFrame): readonly [number, number] {
  return signed ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1];
}

function actualRange(samples: Samples): readonly [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

interface Lut {
  readonly first: number;
  readonly values: readonly number[];
}

function modalityLut(dataset: Dataset): Lut | undefined {
  const [item] = itemsOf(dataset, tags.ModalityLUTSequence);
  if (!item || dataset[tags.RescaleSlope]?.Value) return undefined;
  const [, first, bits] = numbersOf(item, tags.LUTDescriptor);
  const values = lutValues(item, bits ?? 16);
  if (first === undefined || values.length === 0) return undefined;
  const signed = numberOf(dataset, tags.PixelRepresentation) === 1;
  return { first: signed && first > 0x7fff ? first - 0x10000 : first, values };
}

/** LUT Data as US numbers, or as OW bytes. */
function lutValues(item: Dataset, bits: number): readonly number[] {
  const bytes = item[tags.LUTData]?.bytes;
  if (!bytes) return numbersOf(item, tags.LUTData);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(index * 2, true));
  return bits <= 8 ? values.map((value) => value & 0xff) : values;
}

/** Values below the first entry take that one, values above the last the last (PS3.3 C.11.1.1). */
function mapped(stored: Samples, { first, values }: Lut): Float32Array {
  const out = new Float32Array(stored.length);
  for (let index = 0; index < out.length; index++) {
    const entry = Math.min(Math.max((stored[index] as number) - first, 0), values.length - 1);
    out[index] = values[entry] as number;
  }
  return out;
}

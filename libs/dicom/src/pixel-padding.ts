import { wholeNumberProblem } from './attribute-problem.js';
import type { Dataset } from './dataset.js';
import { statedNumber } from './dataset.js';
import { dicomError } from './errors.js';
import { tags } from './tags.js';

/** Stored values, ends included. */
export interface StoredRange {
  readonly from: number;
  readonly to: number;
}

/** What 16 bits hold, signed or not: senders write US where the pixels are signed, and the other way round. */
const SIXTEEN_BITS = { least: -0x8000, most: 0xffff, optional: true };

/** Why the padding of an image cannot be told from its values; undefined when it can, or there is none. */
export function paddingProblem(dataset: Dataset): string | undefined {
  const bounds = isWide(dataset) ? { least: -(2 ** 31), most: 2 ** 32 - 1, optional: true } : SIXTEEN_BITS;
  return (
    wholeNumberProblem(dataset, tags.PixelPaddingValue, bounds) ??
    wholeNumberProblem(dataset, tags.PixelPaddingRangeLimit, bounds)
  );
}

const isWide = (dataset: Dataset) => {
  const allocated = statedNumber(dataset, tags.BitsAllocated);
  return allocated.kind === 'number' && allocated.value > 16;
};

/**
 * The stored values that mean "no pixel here" (PS3.3 C.7.5.1.1.2), or undefined when none do.
 *
 * @throws `dicom.attribute-unusable` for one that is there and unreadable.
 */
export function paddingOf(dataset: Dataset): StoredRange | undefined {
  const problem = paddingProblem(dataset);
  if (problem !== undefined) throw dicomError('dicom.attribute-unusable', problem);
  const value = storedValue(dataset, tags.PixelPaddingValue);
  if (value === undefined) return undefined;
  const limit = storedValue(dataset, tags.PixelPaddingRangeLimit) ?? value;
  return { from: Math.min(value, limit), to: Math.max(value, limit) };
}

/** A stored value written as US although pixels are signed, or the other way round. */
function storedValue(dataset: Dataset, tag: string): number | undefined {
  const reading = statedNumber(dataset, tag);
  if (reading.kind !== 'number') return undefined;
  const { value } = reading;
  const representation = statedNumber(dataset, tags.PixelRepresentation);
  const signed = representation.kind === 'number' && representation.value === 1;
  if (signed && value > 0x7fff && value <= 0xffff) return value - 0x10000;
  return !signed && value < 0 ? value + 0x10000 : value;
}

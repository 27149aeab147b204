import { wholeNumberProblem } from './attribute-problem.js';
import type { Dataset } from './dataset.js';
import { statedNumber, stringOf } from './dataset.js';
import { attributeName } from './dictionary.js';
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
    wholeNumberProblem(dataset, tags.PixelPaddingRangeLimit, bounds) ??
    rangeProblem(dataset)
  );
}

/**
 * A range of padding that takes in what are pixels (PS3.3 C.7.5.1.1.2): of MONOCHROME2 the value above its limit;
 * all values there are; or more than half of them by an end that is no stored value, and may be meant otherwise.
 * Else a value or an end that no pixel can have is common, and harmless.
 */
function rangeProblem(dataset: Dataset): string | undefined {
  const value = storedValue(dataset, tags.PixelPaddingValue);
  const limit = storedValue(dataset, tags.PixelPaddingRangeLimit);
  if (value === undefined || limit === undefined || value === limit) return undefined;
  const range = `${attributeName(tags.PixelPaddingValue)} ${value} and ${attributeName(tags.PixelPaddingRangeLimit)} ${limit}`;
  const isInverse = stringOf(dataset, tags.PhotometricInterpretation) === 'MONOCHROME1';
  if (value > limit && !isInverse) return `${range} are the wrong way round`;
  const stored = storedRange(dataset);
  if (stored === undefined) return undefined;
  const stated = { from: Math.min(value, limit), to: Math.max(value, limit) };
  const { from, to } = common(stated, stored);
  if (from === stored.from && to === stored.to) return `${range} leave no value for a pixel`;
  const isWithin = from === stated.from && to === stated.to;
  if (isWithin || (to - from + 1) * 2 <= stored.to - stored.from + 1) return undefined;
  const bits = `${attributeName(tags.BitsStored)} ${Math.log2(stored.to - stored.from + 1)}`;
  return `${range} are not both of the values ${stored.from} to ${stored.to} of ${bits}, and take in most of them`;
}

/** The values that Bits Stored and Pixel Representation allow; undefined where no bits are stated. */
function storedRange(dataset: Dataset): StoredRange | undefined {
  const bits = statedNumber(dataset, tags.BitsStored);
  if (bits.kind !== 'number') return undefined;
  const from = isSigned(dataset) ? -(2 ** (bits.value - 1)) : 0;
  return { from, to: from + 2 ** bits.value - 1 };
}

const common = (a: StoredRange, b: StoredRange): StoredRange => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
});

const isWide = (dataset: Dataset) => {
  const allocated = statedNumber(dataset, tags.BitsAllocated);
  return allocated.kind === 'number' && allocated.value > 16;
};

/**
 * The stored values that mean "no pixel here" (PS3.3 C.7.5.1.1.2), a range cut to the values there are; or
 * undefined when none do.
 *
 * @throws `dicom.attribute-unusable` for one that is there and unreadable, or a range that takes in pixels.
 */
export function paddingOf(dataset: Dataset): StoredRange | undefined {
  const problem = paddingProblem(dataset);
  if (problem !== undefined) throw dicomError('dicom.attribute-unusable', problem);
  const value = storedValue(dataset, tags.PixelPaddingValue);
  if (value === undefined) return undefined;
  const limit = storedValue(dataset, tags.PixelPaddingRangeLimit) ?? value;
  const stated = { from: Math.min(value, limit), to: Math.max(value, limit) };
  const stored = storedRange(dataset);
  const isOne = value === limit;
  return stored === undefined || isOne ? stated : common(stated, stored);
}

/** A stored value written as US although pixels are signed, or the other way round. */
function storedValue(dataset: Dataset, tag: string): number | undefined {
  const reading = statedNumber(dataset, tag);
  if (reading.kind !== 'number') return undefined;
  const { value } = reading;
  const signed = isSigned(dataset);
  if (signed && value > 0x7fff && value <= 0xffff) return value - 0x10000;
  return !signed && value < 0 ? value + 0x10000 : value;
}

function isSigned(dataset: Dataset): boolean {
  const representation = statedNumber(dataset, tags.PixelRepresentation);
  return representation.kind === 'number' && representation.value === 1;
}

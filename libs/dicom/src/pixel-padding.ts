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
 * A range of padding that takes in what are pixels (PS3.3 C.7.5.1.1.2): one end no stored value, as Bits Stored and
 * Pixel Representation have them; of MONOCHROME2 the value above its limit; or all values there are. A single
 * value that no pixel can have is common, and harmless.
 */
function rangeProblem(dataset: Dataset): string | undefined {
  const value = storedValue(dataset, tags.PixelPaddingValue);
  const limit = storedValue(dataset, tags.PixelPaddingRangeLimit);
  if (value === undefined || limit === undefined || value === limit) return undefined;
  const range = `${attributeName(tags.PixelPaddingValue)} ${value} and ${attributeName(tags.PixelPaddingRangeLimit)} ${limit}`;
  const bits = statedNumber(dataset, tags.BitsStored);
  if (bits.kind === 'number') {
    const least = isSigned(dataset) ? -(2 ** (bits.value - 1)) : 0;
    const most = least + 2 ** bits.value - 1;
    const [from, to] = [Math.min(value, limit), Math.max(value, limit)];
    if (from < least || to > most) {
      return `${range} are not both of the values ${least} to ${most} of ${attributeName(tags.BitsStored)} ${bits.value}`;
    }
    if (from === least && to === most) return `${range} leave no value for a pixel`;
  }
  const isInverse = stringOf(dataset, tags.PhotometricInterpretation) === 'MONOCHROME1';
  return value > limit && !isInverse ? `${range} are the wrong way round` : undefined;
}

const isWide = (dataset: Dataset) => {
  const allocated = statedNumber(dataset, tags.BitsAllocated);
  return allocated.kind === 'number' && allocated.value > 16;
};

/**
 * The stored values that mean "no pixel here" (PS3.3 C.7.5.1.1.2), or undefined when none do.
 *
 * @throws `dicom.attribute-unusable` for one that is there and unreadable, or a range that takes in pixels.
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
  const signed = isSigned(dataset);
  if (signed && value > 0x7fff && value <= 0xffff) return value - 0x10000;
  return !signed && value < 0 ? value + 0x10000 : value;
}

function isSigned(dataset: Dataset): boolean {
  const representation = statedNumber(dataset, tags.PixelRepresentation);
  return representation.kind === 'number' && representation.value === 1;
}

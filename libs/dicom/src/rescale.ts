import { absentProblem, unreadableProblem, wrongValueProblem } from './attribute-problem.js';
import type { Dataset } from './dataset.js';
import { statedNumber } from './dataset.js';
import type { DecodedFrame, Samples } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { frameDataset } from './frames.js';
import type { Lut, TransformProblem } from './modality-lut.js';
import { modalityLut } from './modality-lut.js';
import { paddingOf } from './pixel-padding.js';
import { tags } from './tags.js';

/** Stored value x slope + intercept (PS3.3 C.7.6.16.2.9, C.11.1.1.2); `stated` is false where neither is there. */
export interface Rescale {
  readonly kind: 'linear';
  readonly slope: number;
  readonly intercept: number;
  readonly stated: boolean;
}

/** How stored values become those of the modality (PS3.3 C.11.1). */
export type ModalityTransform = Rescale | Lut;

const problemOf = (problem: string): TransformProblem => ({ kind: 'problem', problem });

/**
 * The modality transformation of an image, or why it has none that can be trusted. A lookup table wins over a
 * rescale that changes nothing. Slope and intercept belong together: one without the other, one that is
 * unreadable, and a slope of 0 are refused; neither of them leaves stored values as they are.
 */
export function readTransform(dataset: Dataset): ModalityTransform | TransformProblem {
  const lut = modalityLut(dataset);
  if (lut?.kind === 'problem') return lut;
  const rescale = readRescale(dataset);
  if (lut === undefined || rescale.kind === 'problem') return rescale;
  if (rescale.slope === 1 && rescale.intercept === 0) return lut;
  const both = `${attributeName(tags.ModalityLUTSequence)} stands beside a rescale that changes values`;
  return problemOf(
    `${both}: ${attributeName(tags.RescaleSlope)} ${rescale.slope}, intercept ${rescale.intercept}`,
  );
}

function readRescale(dataset: Dataset): Rescale | TransformProblem {
  const [slope, intercept] = [tags.RescaleSlope, tags.RescaleIntercept].map((tag) =>
    statedNumber(dataset, tag),
  );
  if (slope?.kind === 'unreadable') return problemOf(unreadableProblem(tags.RescaleSlope, slope.shape));
  if (intercept?.kind === 'unreadable') {
    return problemOf(unreadableProblem(tags.RescaleIntercept, intercept.shape));
  }
  if (slope?.kind !== 'number' && intercept?.kind !== 'number') {
    return { kind: 'linear', slope: 1, intercept: 0, stated: false };
  }
  if (slope?.kind !== 'number') return problemOf(absentProblem(tags.RescaleSlope, dataset));
  if (intercept?.kind !== 'number') return problemOf(absentProblem(tags.RescaleIntercept, dataset));
  if (slope.value === 0) return problemOf(wrongValueProblem(dataset, tags.RescaleSlope, 'a slope'));
  return { kind: 'linear', slope: slope.value, intercept: intercept.value, stated: true };
}

/**
 * The modality transformation of an image, or of one frame (from 0) of an enhanced one.
 *
 * @throws `dicom.attribute-unusable` naming the attribute and its value.
 */
export function modalityTransform(dataset: Dataset, frame = 0): ModalityTransform {
  const transform = readTransform(frameDataset(dataset, frame));
  if (transform.kind === 'problem') throw dicomError('dicom.attribute-unusable', transform.problem);
  if (transform.kind === 'lut' && transform.values.length === 0) {
    throw dicomError('dicom.attribute-unusable', absentProblem(tags.LUTData));
  }
  return transform;
}

/**
 * The values of a frame after the modality transformation. Whole numbers that fit come as `Int16Array`, all
 * else as `Float32Array`.
 *
 * @param padding what to put where the stored value is padding; by default padding is transformed like the rest.
 * @throws `dicom.attribute-unusable`.
 */
export function rescaled(
  frame: DecodedFrame,
  dataset: Dataset,
  frameIndex = 0,
  padding?: number,
): Float32Array | Int16Array {
  const source = frameDataset(dataset, frameIndex);
  const transform = modalityTransform(source);
  const stored = frame.pixels;
  const values =
    transform.kind === 'lut'
      ? mapped(stored, transform)
      : linear(frame, transform.slope, transform.intercept);
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

/** Values below the first entry take that one, values above the last the last (PS3.3 C.11.1.1). */
function mapped(stored: Samples, { first, values }: Lut): Float32Array {
  const out = new Float32Array(stored.length);
  for (let index = 0; index < out.length; index++) {
    const entry = Math.min(Math.max((stored[index] as number) - first, 0), values.length - 1);
    out[index] = values[entry] as number;
  }
  return out;
}

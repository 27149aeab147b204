import {
  absentProblem,
  framesProblem,
  hounsfieldProblems,
  multiEnergyOf,
  pixelValueProblems,
  readTransform,
  stringOf,
  tags,
  type Dataset,
} from '@prelector/dicom';
import type { SelectionSpec } from './manifest-parts.js';
import { spectrumMixtureOf, spectrumOf } from './value-mixture.js';
import { together } from './words.js';

/** What a model asks of the values of pixels. */
export interface AskedValues {
  readonly values: 'HU' | 'rescaled';
  readonly selection: Pick<SelectionSpec, 'multiEnergy'>;
}

/** Why the frames of instances cannot be told apart, or undefined. */
export function frameRefusal(instances: readonly Dataset[]): string | undefined {
  return refusalOf(instances.map((instance) => [framesProblem(instance) ?? []].flat()));
}

/**
 * Why images, or frames in the form of single images, do not hold the values that a manifest asks for, or
 * undefined. Every one is judged: rescale and unit may differ from slice to slice.
 */
export function valueRefusal(asked: AskedValues, images: readonly Dataset[]): string | undefined {
  return (
    refusalOf(images.map((image) => imageProblems(asked, image))) ?? spectrumMixtureOf(images.map(spectrumOf))
  );
}

/** The same of one image. */
export function imageProblems(asked: AskedValues, image: Dataset): string[] {
  const problems =
    asked.values === 'HU'
      ? hounsfieldProblems(image)
      : [...pixelValueProblems(image), ...storedUptake(image)];
  const energy = asked.selection.multiEnergy === 'refuse' ? multiEnergyOf(image) : undefined;
  return [...problems, ...(energy === undefined ? [] : [`the model reads no ${energy}`])];
}

/** Stored values of PET are in the unit that it states only once they are rescaled (PS3.3 C.8.9.4, Type 1). */
function storedUptake(image: Dataset): string[] {
  const transform = readTransform(image);
  const isStored = transform.kind === 'linear' && !transform.stated;
  return isStored && stringOf(image, tags.Modality) === 'PT'
    ? [`${absentProblem(tags.RescaleSlope, image)} and ${absentProblem(tags.RescaleIntercept, image)}`]
    : [];
}

function refusalOf(problems: readonly (readonly string[])[]): string | undefined {
  const counts = new Map<string, number>();
  for (const problem of problems.flatMap((each) => [...new Set(each)])) {
    counts.set(problem, (counts.get(problem) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const reasons = [...counts].map(([problem, count]) =>
    count === problems.length ? problem : `${problem} (${count} of ${problems.length} images)`,
  );
  return together(reasons);
}

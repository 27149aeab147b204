import type { Dataset } from './dataset.js';
import { statedNumber, valueText } from './dataset.js';
import { attributeName } from './dictionary.js';

/** Why an attribute cannot be used, as part of a sentence: its name, its tag, and its value where it has one. */
export const absentProblem = (tag: string, dataset: Dataset = {}): string =>
  `${attributeName(tag)} is ${dataset[tag] === undefined ? 'absent' : 'empty'}`;
export const unreadableProblem = (tag: string, shape: string): string =>
  `${attributeName(tag)} cannot be read as a number: ${shape}`;
export const wrongValueProblem = (dataset: Dataset, tag: string, wanted: string): string =>
  `${attributeName(tag)} is ${valueText(dataset[tag])}, not ${wanted}`;

/** What keeps an attribute from being a whole number within bounds; undefined when it is one. */
export function wholeNumberProblem(
  dataset: Dataset,
  tag: string,
  { least, most, optional = false }: { least: number; most: number; optional?: boolean },
): string | undefined {
  const reading = statedNumber(dataset, tag);
  if (reading.kind === 'absent') return optional ? undefined : absentProblem(tag, dataset);
  if (reading.kind === 'unreadable') return unreadableProblem(tag, reading.shape);
  const { value } = reading;
  const isWithin = Number.isInteger(value) && value >= least && value <= most;
  return isWithin ? undefined : wrongValueProblem(dataset, tag, `a whole number of ${least} to ${most}`);
}

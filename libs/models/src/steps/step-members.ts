import { z } from 'zod';
import type { PlaceProblem } from '../package-problem.js';
import type { InputStep, SeriesStep } from './input-step.js';
import { steps, type StepKind, type StepSpecs } from './registry.js';

/** A step with what a manifest says to it, as far as that can be read. */
export interface StatedStep<Step> {
  readonly step: Step;
  readonly stated: unknown;
  /** Where it stands in the manifest. */
  readonly at: readonly PropertyKey[];
}

const kinds = Object.keys(steps) as StepKind[];
type AnyStep = InputStep<unknown>;

/** The steps that the `input` of a manifest, or of its outline, states, in the order in which they are applied. */
function statedSteps(input: Readonly<Partial<Record<StepKind, unknown>>>): StatedStep<AnyStep>[] {
  return kinds
    .filter((kind) => input[kind] !== undefined)
    .map((kind) => ({ step: steps[kind] as AnyStep, stated: input[kind], at: ['input', kind] }));
}

/** Those that take a series, and those that take the image which such a step made. */
export function stepsOf(input: Readonly<Partial<Record<StepKind, unknown>>>) {
  const all = statedSteps(input);
  const bySeries = ({ step }: StatedStep<AnyStep>) => step.takes === 'series';
  return {
    all,
    ofSeries: all.filter(bySeries) as StatedStep<SeriesStep<unknown, unknown>>[],
    ofImage: all.filter((each) => !bySeries(each)) as StatedStep<Exclude<AnyStep, { takes: 'series' }>>[],
  };
}

/** What is wrong with which steps the `input` of a manifest states: one has to make an image of the series. */
export function stepProblems(input: Readonly<Partial<Record<StepKind, unknown>>>): PlaceProblem[] {
  const { all, ofSeries } = stepsOf(input);
  const names = kinds.filter((kind) => steps[kind].takes === 'series').map((kind) => `\`${kind}\``);
  const message = `state how the images of a series become a tensor, by one of ${names.join(', ')}`;
  return [
    ...(ofSeries.length === 1 ? [] : [{ path: ['input'], message }]),
    ...all.flatMap(({ step, stated, at }) => step.problems(step.outline.parse(stated), at)),
  ];
}

type Members = { [Kind in StepKind]: z.ZodOptional<z.ZodType<StepSpecs[Kind]>> };
type Outlines = { [Kind in StepKind]: z.ZodOptional<z.ZodType> };

/** The members of `input` that state steps. */
export const stepMembers = Object.fromEntries(
  kinds.map((kind) => [kind, steps[kind].spec.optional()]),
) as Members;

/** The same as far as they can be read. */
export const stepOutlines = Object.fromEntries(
  kinds.map((kind) => [kind, steps[kind].outline.optional()]),
) as Outlines;

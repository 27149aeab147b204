import type { InputStep } from './input-step.js';
import type { VolumeSpec } from './volume-spec.js';
import { volumeStep } from './volume.js';

/** What a manifest says to each step, by the member of `input` that holds it. */
export interface StepSpecs {
  readonly volume: VolumeSpec;
}
export type StepKind = keyof StepSpecs;

/** Every step, in the order in which those that a manifest states are applied. */
export const steps: { readonly [Kind in StepKind]: InputStep<StepSpecs[Kind]> } = {
  /** One axial series as one volume of slices, rows and columns. */
  volume: volumeStep,
};

import type { Condition, Findings, MeasurementGroup, Outcome } from '@prelector/findings';
import type { z } from 'zod';
import type { ConditionSpec, SelectionSpec } from '../manifest-parts.js';
import type { TensorValue } from '../onnx-model.js';
import type { ReadOutput } from '../output-shape.js';
import type { PlaceProblem } from '../package-problem.js';
import type { MadeInput } from '../steps/input-step.js';

/** What the rest of a manifest says, by which the entries of a reader are judged. */
export interface AroundEntries {
  readonly selection: SelectionSpec;
  /** The unit of the values that the graph is fed. */
  readonly values: 'HU' | 'rescaled';
  readonly conditions: readonly ConditionSpec[];
}

/** What a run knows when its outputs are read. */
export interface ReadingContext {
  /** Of the model, as a report prints it. */
  readonly name: string;
  readonly declared: readonly ConditionSpec[];
  /** Every condition of the manifest, as judged for these images, by its id. */
  readonly conditions: ReadonlyMap<string, Condition>;
  /** What the graph was fed, by role: what lies in it is mapped back to the source by its affine and planes. */
  readonly inputs: ReadonlyMap<string, MadeInput>;
}

/** Bytes beside the findings that a reader made: a mask, a picture. Findings name them by their digest. */
export interface MadeArtifact {
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

/** What the outputs that one reader reads say. */
export interface Reading {
  readonly outcome: Outcome;
  /** Sentences in words. */
  readonly summary: string;
  readonly groups: readonly MeasurementGroup[];
  /** What could not be computed, and why. */
  readonly notes: Findings['notes'];
  readonly artifacts: readonly MadeArtifact[];
}

/**
 * How outputs of the graph become findings. The manifest lists entries of a reader under the member by which the
 * registry knows it; each reader is a file of this folder and a line of the registry.
 *
 * `Outline` is an entry as far as it can be read: a mistake in one part of a manifest hides none in another. `at` is
 * where the entries stand.
 */
export interface OutputReader<Entry, Outline = unknown> {
  readonly entry: z.ZodType<Entry>;
  /** Takes whatever `entry` gives, and anything else without an error. */
  readonly outline: z.ZodType<Outline>;
  /** Names that are used twice or lead nowhere. `conditions` are the ids that the manifest declares. */
  nameProblems(
    entries: readonly Outline[],
    at: readonly PropertyKey[],
    conditions: ReadonlySet<string | undefined>,
  ): PlaceProblem[];
  /** What else contradicts itself, or the rest of the manifest, in entries that are sound each by itself. */
  problems(entries: readonly Entry[], at: readonly PropertyKey[], around: AroundEntries): PlaceProblem[];
  /** The outputs of the graph that its entries read, and as what. */
  outputs(entries: readonly Outline[], at: readonly PropertyKey[]): ReadOutput[];
  /** Bytes that its outputs, and what it makes of them, take for images of so many elements. */
  bytes(entries: readonly Entry[], elements: number): number;
  /**
   * What the outputs say. Throws `model.output-missing`, or the `model.…` error of an output that is not what the
   * manifest reads it as. Gives no number that it did not read: not computed and zero are two things.
   */
  read(
    entries: readonly Entry[],
    outputs: Readonly<Record<string, TensorValue>>,
    context: ReadingContext,
  ): Reading;
}

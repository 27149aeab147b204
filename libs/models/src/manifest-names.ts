import type { ManifestOutline } from './manifest-outline.js';
import type { ConditionSpec } from './manifest-parts.js';
import { inputsOf, type InputSpec } from './model-inputs.js';
import type { PlaceProblem } from './package-problem.js';
import { entryNameProblems, entryProblems, type ReaderEntries } from './readers/reader-members.js';
import { repeatedNames } from './repeated-names.js';
import { stepProblems } from './steps/step-members.js';

/** Names that are used twice or lead nowhere, also of a manifest of which other parts cannot be read. */
export function outlineProblems(manifest: ManifestOutline): PlaceProblem[] {
  const { conditions, masks, input } = manifest;
  return [
    ...repeatedNames(conditions.map(({ id }, index) => ({ name: id, path: ['conditions', index, 'id'] }))),
    ...entryNameProblems(manifest, new Set(conditions.map(({ id }) => id))),
    ...repeatedNames(masks.map(({ key }, index) => ({ name: key, path: ['masks', index, 'key'] }))),
    ...stepProblems(input),
  ];
}

/** A manifest whose parts are sound, each by itself. */
interface SoundInPart extends ReaderEntries {
  readonly input: InputSpec;
  readonly conditions: readonly ConditionSpec[];
}

/** What contradicts itself in a manifest of which every part is sound, beside its names. */
export function contradictions(manifest: SoundInPart): PlaceProblem[] {
  return inputsOf(manifest).flatMap(({ asked }) =>
    entryProblems(manifest, { ...asked, conditions: manifest.conditions }),
  );
}

import type { ManifestOutline } from './manifest-outline.js';
import { imageOfSameSize, oneNumber, readOutput, type ReadOutput } from './output-shape.js';
import { entryOutputs, type OutlineEntries } from './readers/reader-members.js';

type Reading = OutlineEntries & Pick<ManifestOutline, 'conditions'>;

/** Every place of a manifest that says what an output of the graph is. */
export function readOutputs(manifest: ManifestOutline): ReadOutput[] {
  const drawn = manifest.masks.flatMap(({ output }, index) =>
    readOutput(['masks', index, 'output'], output, imageOfSameSize),
  );
  return [...wantedOutputs(manifest), ...drawn];
}

/** Every place whose output a run reads: those of the readers, and those that conditions judge. */
export function wantedOutputs(manifest: Reading): ReadOutput[] {
  return [...entryOutputs(manifest), ...judgedOutputs(manifest)];
}

/** Every place of a condition that judges an output. */
export function judgedOutputs({ conditions }: Pick<ManifestOutline, 'conditions'>): ReadOutput[] {
  return conditions.flatMap(({ output }, index) =>
    [output].flat().flatMap((name) => readOutput(['conditions', index, 'output'], name, oneNumber)),
  );
}

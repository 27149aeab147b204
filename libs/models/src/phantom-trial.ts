import { asPrelectorError } from '@prelector/kernel';
import type { ManifestOutline } from './manifest-outline.js';
import type { OnnxModel, TensorValue } from './onnx-model.js';
import type { PackageProblem } from './package-problem.js';
import type { ReadOutput } from './output-shape.js';
import { fillingsOf } from './model-inputs.js';
import { readOutputs } from './read-outputs.js';
import type { FedInput } from './steps/input-step.js';

/** What a trial showed: what is wrong for certain, and what may be. */
export interface PhantomTrial {
  readonly problems: readonly PackageProblem[];
  readonly warnings: readonly PackageProblem[];
}

/**
 * Runs a graph once on what each step feeds for a trial, an image of zeros, and says which outputs have not the shape that the manifest reads: a
 * declaration may leave an axis open, and then every study would fail. A graph that cannot run on so small a
 * volume is not thereby wrong, so that is a warning; its test vectors say more.
 */
export async function tryOnPhantom(model: OnnxModel, manifest: ManifestOutline): Promise<PhantomTrial> {
  const places = readOutputs(manifest);
  const wanted = [...new Set(places.map(({ output }) => output))];
  if (wanted.length === 0) return { problems: [], warnings: [] };
  const feeds = fillingsOf(manifest).flatMap((filling) => filling.feeds);
  const size = feeds.find(({ isImage }) => isImage)?.trial().dims ?? [];
  try {
    const outputs = await model.run(phantomOf(feeds), wanted);
    return { problems: shapeProblems(places, outputs, size), warnings: [] };
  } catch (thrown) {
    const message = `it did not run on a volume of zeros of [${size.join(', ')}], and a graph that runs on none fails for every study; let its test vectors show that it runs (\`--try\`). ${asPrelectorError(thrown).message}`;
    return { problems: [], warnings: [{ path: 'graph', message }] };
  }
}

function shapeProblems(
  places: readonly ReadOutput[],
  outputs: Readonly<Record<string, TensorValue>>,
  size: readonly number[],
): PackageProblem[] {
  return places.flatMap(({ path, output, as }) => {
    const { dims } = outputs[output] as TensorValue;
    const mismatch = as.mismatch(dims, size);
    if (mismatch === undefined) return [];
    const gave = `on a volume of [${size.join(', ')}] the graph gave [${dims.join(', ')}]`;
    return [{ path, message: `${gave}, and ${mismatch}` }];
  });
}

function phantomOf(feeds: readonly FedInput[]): Record<string, TensorValue> {
  return Object.fromEntries(
    feeds.flatMap(({ tensor, trial }) => (tensor === undefined ? [] : [[tensor, trial()]])),
  );
}

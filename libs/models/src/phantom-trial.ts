import { asPrelectorError } from '@prelector/kernel';
import type { ManifestOutline } from './manifest-outline.js';
import type { OnnxModel, TensorValue } from './onnx-model.js';
import type { PackageProblem } from './package-problem.js';
import { readOutputs, type ReadOutput } from './read-outputs.js';

/** What a trial showed: what is wrong for certain, and what may be. */
export interface PhantomTrial {
  readonly problems: readonly PackageProblem[];
  readonly warnings: readonly PackageProblem[];
}

/** Slices, rows and columns: large enough for most networks, small enough to be fed in a moment. */
const size = [16, 64, 48] as const;

/**
 * Runs a graph once on a volume of zeros and says which outputs have not the shape that the manifest reads: a
 * declaration may leave an axis open, and then every study would fail. A graph that cannot run on so small a
 * volume is not thereby wrong, so that is a warning; its test vectors say more.
 */
export async function tryOnPhantom(model: OnnxModel, manifest: ManifestOutline): Promise<PhantomTrial> {
  const places = readOutputs(manifest);
  const wanted = [...new Set(places.map(({ output }) => output))];
  if (wanted.length === 0) return { problems: [], warnings: [] };
  try {
    const outputs = await model.run(phantomFor(manifest), wanted);
    return { problems: shapeProblems(places, outputs), warnings: [] };
  } catch (thrown) {
    const message = `it did not run on a volume of zeros of [${size.join(', ')}], and a graph that runs on none fails for every study; let its test vectors show that it runs (\`--try\`). ${asPrelectorError(thrown).message}`;
    return { problems: [], warnings: [{ path: 'graph', message }] };
  }
}

function shapeProblems(
  places: readonly ReadOutput[],
  outputs: Readonly<Record<string, TensorValue>>,
): PackageProblem[] {
  return places.flatMap(({ path, output, as }) => {
    const { dims, data } = outputs[output] as TensorValue;
    const gave = `on a volume of [${size.join(', ')}] the graph gave [${dims.join(', ')}]`;
    if (as === 'number') {
      return data.length === 1
        ? []
        : [{ path, message: `${gave}, and one number is read: reduce it in the graph` }];
    }
    const fits = dims.length === size.length && size.every((length, axis) => length === dims[axis]);
    return fits ? [] : [{ path, message: `${gave}, and a mask has the size of the volume` }];
  });
}

function phantomFor({ input }: ManifestOutline): Record<string, TensorValue> {
  const { tensor, spacing, type } = input.volume;
  const length = size.reduce((product, each) => product * each, 1);
  const data = type === 'int16' ? new Int16Array(length) : new Float32Array(length);
  const voxel: TensorValue = { type: 'float32', dims: [3], data: Float32Array.of(1, 1, 1) };
  const volume: TensorValue = { type: type === 'int16' ? type : 'float32', dims: size, data };
  return {
    ...(tensor === undefined ? {} : { [tensor]: volume }),
    ...(spacing === undefined ? {} : { [spacing]: voxel }),
  };
}

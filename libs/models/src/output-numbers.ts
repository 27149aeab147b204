import { modelError } from './errors.js';
import type { TensorValue } from './onnx-model.js';

/** Numbers that a graph gave, by the name of the output. */
export type NumberOutputs = Readonly<Record<string, number>>;

/**
 * One-element tensors as numbers, all of them by default; throws `model.output-not-a-number` for any other, and
 * `model.output-missing`.
 */
export function numbersOfOutputs(
  outputs: Readonly<Record<string, TensorValue>>,
  names: readonly string[] = Object.keys(outputs),
): Record<string, number> {
  return Object.fromEntries(
    names.map((name) => {
      const output = outputs[name];
      if (output === undefined) throw modelError('model.output-missing', name);
      const { data, dims } = output;
      if (data.length !== 1) throw modelError('model.output-not-a-number', `${name} [${dims.join(', ')}]`);
      return [name, Number(data[0])];
    }),
  );
}

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { modelError } from './errors.js';
import { readNpy } from './npy.js';
import { OnnxModel, type TensorValue } from './onnx-model.js';
import type { ModelPackage } from './package.js';

const tensorSchema = z.union([
  z.strictObject({ file: z.string().regex(/^[\w.-]+\.npy$/u, 'a .npy file beside the vector') }),
  z.strictObject({
    type: z.enum(['float32', 'int64', 'int32']),
    dims: z.array(z.int().min(0)).max(8),
    data: z.array(z.number()).max(65_536),
  }),
]);

/** One test vector of a package: inputs of the graph and the numbers it must give. */
export const testVectorSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  inputs: z.record(z.string(), tensorSchema),
  /** By output; the value may be as far from `value` as `tolerance`. */
  expected: z.record(z.string(), z.strictObject({ value: z.number(), tolerance: z.number().min(0) })),
});

/** What became of one test vector; `failures` are sentences, empty when it holds. */
export interface VectorResult {
  readonly name: string;
  readonly failures: readonly string[];
}

/**
 * Runs every test vector of a package (`vectors/*.json`) through its graph and compares the numbers. Throws
 * `model.vector-invalid` for a vector that cannot be read; a package without vectors gives none.
 */
export async function tryVectors(modelPackage: ModelPackage, threads = 2): Promise<VectorResult[]> {
  const folder = join(modelPackage.folder, 'vectors');
  const names = await readdir(folder).catch(() => []);
  const model = await OnnxModel.open(modelPackage.graphPath, { threads });
  try {
    const results: VectorResult[] = [];
    for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
      results.push(await tryVector(model, folder, name));
    }
    return results;
  } finally {
    await model.close();
  }
}

async function tryVector(model: OnnxModel, folder: string, file: string): Promise<VectorResult> {
  const vector = await readVector(folder, file);
  const inputs: Record<string, TensorValue> = {};
  for (const [name, source] of Object.entries(vector.inputs)) {
    inputs[name] = 'file' in source ? readNpy(await readFile(join(folder, source.file))) : literal(source);
  }
  const outputs = await model.run(inputs, Object.keys(vector.expected));
  const failures = Object.entries(vector.expected).flatMap(([name, { value, tolerance }]) => {
    const got = Number((outputs[name] as TensorValue).data[0]);
    return Math.abs(got - value) <= tolerance ? [] : [`${name}: ${got}, not ${value} within ${tolerance}`];
  });
  return { name: vector.name, failures };
}

async function readVector(folder: string, file: string): Promise<z.infer<typeof testVectorSchema>> {
  try {
    return testVectorSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  } catch (cause) {
    throw modelError('model.vector-invalid', file, { cause });
  }
}

function literal({
  type,
  dims,
  data,
}: {
  type: 'float32' | 'int64' | 'int32';
  dims: number[];
  data: number[];
}): TensorValue {
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(data.map((value) => BigInt(value))) };
  return { type, dims, data: type === 'int32' ? Int32Array.from(data) : Float32Array.from(data) };
}

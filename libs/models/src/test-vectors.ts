import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PrelectorError } from '@prelector/kernel';
import { z } from 'zod';
import { modelError } from './errors.js';
import { problemsOf } from './manifest-problems.js';
import { readNpy } from './npy.js';
import type { OnnxModel, TensorData, TensorValue } from './onnx-model.js';
import { problemText } from './package-problem.js';
import { tensorDifference } from './tensor-difference.js';
import { unheld } from './tensor-range.js';

const fileSchema = z.string().regex(/^[\w.-]+\.npy$/u, 'a .npy file beside the vector');
const dataSchema = z.array(z.number()).max(65_536);
const dimsSchema = z.array(z.int().min(0)).max(8);

const tensorSchema = z.union([
  z.strictObject({ file: fileSchema }),
  z.strictObject({
    type: z.enum(['float32', 'int16', 'int64', 'int32']),
    dims: dimsSchema,
    data: dataSchema,
  }),
]);

const toleranceSchema = z.number().min(0);

/** One number, or a whole tensor with its axes; each value may be as far off as `tolerance`. */
const expectedSchema = z.union([
  z.strictObject({ value: z.number(), tolerance: toleranceSchema }),
  z.strictObject({ dims: dimsSchema, data: dataSchema, tolerance: toleranceSchema }),
  z.strictObject({ file: fileSchema, tolerance: toleranceSchema }),
]);
type Expected = z.infer<typeof expectedSchema>;

/** One test vector of a package: inputs of the graph and what it must give. */
export const testVectorSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  inputs: z.record(z.string(), tensorSchema),
  /** By output. */
  expected: z.record(z.string(), expectedSchema).refine((expected) => Object.keys(expected).length > 0, {
    error: 'state what at least one output must give',
  }),
});

/** What became of one test vector; `failures` are sentences, empty when it holds. */
export interface VectorResult {
  readonly name: string;
  readonly failures: readonly string[];
}

/**
 * Runs every test vector of a package (`vectors/*.json`) through its open graph and compares every value of what it
 * gives. A vector that cannot be read, or that the graph cannot run, has failed, and hides no other; a package
 * without vectors gives none.
 */
export async function tryVectors(model: OnnxModel, packageFolder: string): Promise<VectorResult[]> {
  const folder = join(packageFolder, 'vectors');
  const names = await readdir(folder).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw modelError('model.vector-invalid', 'the folder vectors may not be read', { cause });
  });
  const results: VectorResult[] = [];
  for (const file of names.filter((name) => /\.json$/iu.test(name)).sort()) {
    results.push(
      await tryVector(model, folder, file).catch((thrown: unknown) => {
        if (!(thrown instanceof PrelectorError)) throw thrown;
        return { name: file, failures: [thrown.message] };
      }),
    );
  }
  return results;
}

async function tryVector(model: OnnxModel, folder: string, file: string): Promise<VectorResult> {
  const vector = await readVector(folder, file);
  const inputs: Record<string, TensorValue> = {};
  for (const [name, source] of Object.entries(vector.inputs)) {
    inputs[name] =
      'file' in source ? await readTensor(folder, file, source.file) : literal(source, file, name);
  }
  const outputs = await model.run(inputs, Object.keys(vector.expected));
  const failures: string[] = [];
  for (const [name, expected] of Object.entries(vector.expected)) {
    const wanted = await wantedOf(expected, folder, file);
    const difference = tensorDifference(outputs[name] as TensorValue, wanted, expected.tolerance);
    if (difference !== undefined) failures.push(`${name}: ${difference}`);
  }
  return { name: vector.name, failures };
}

/** What an output must be; a number alone stands for a tensor of one value, whatever its axes. */
async function wantedOf(
  expected: Expected,
  folder: string,
  vector: string,
): Promise<{ dims: readonly number[] | undefined; data: ArrayLike<number | bigint> }> {
  if ('value' in expected) return { dims: undefined, data: [expected.value] };
  if ('file' in expected) return readTensor(folder, vector, expected.file);
  return expected;
}

async function readVector(folder: string, file: string): Promise<z.infer<typeof testVectorSchema>> {
  const text = await readFile(join(folder, file), 'utf8').catch((cause: unknown) => {
    throw modelError('model.vector-invalid', `${file} cannot be read`, { cause });
  });
  const result = testVectorSchema.safeParse(parsed(text, file));
  if (result.success) return result.data;
  throw modelError(
    'model.vector-invalid',
    `${file}: ${problemsOf(result.error, 'the vector').map(problemText).join('; ')}`,
  );
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/u, ''));
  } catch (cause) {
    throw modelError('model.vector-invalid', `${file} is no JSON`, { cause });
  }
}

async function readTensor(folder: string, vector: string, file: string): Promise<TensorValue> {
  const bytes = await readFile(join(folder, file)).catch((cause: unknown) => {
    throw modelError('model.vector-invalid', `${vector}: ${file} is not beside it`, { cause });
  });
  return readNpy(bytes);
}

type Literal = Extract<z.infer<typeof tensorSchema>, { data: number[] }>;

const arrays: Readonly<Record<Literal['type'], (data: readonly number[]) => TensorData>> = {
  float32: (data) => Float32Array.from(data),
  int16: (data) => Int16Array.from(data),
  int32: (data) => Int32Array.from(data),
  int64: (data) => BigInt64Array.from(data.map((value) => BigInt(value))),
};

function literal({ type, dims, data }: Literal, vector: string, input: string): TensorValue {
  const length = dims.reduce((product, size) => product * size, 1);
  if (data.length !== length) {
    const what = `${vector}: inputs.${input}: ${data.length} values, and its axes [${dims.join(', ')}] hold ${length}`;
    throw modelError('model.vector-invalid', what);
  }
  const problem = data.map((value) => unheld(type, value)).find((words) => words !== undefined);
  if (problem) throw modelError('model.vector-invalid', `${vector}: inputs.${input}: ${problem}`);
  return { type, dims, data: arrays[type](data) };
}

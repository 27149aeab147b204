import { InferenceSession, Tensor } from 'onnxruntime-node';
import { modelError } from './errors.js';
import { runtimeWords, whyUnloadable } from './runtime-words.js';
import { type GraphDescription, type TensorDescription, type TensorType, isReadableType } from './graph.js';

/** A tensor in plain form; `data` is as long as the product of `dims`. */
export interface TensorValue {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export type TensorData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface OnnxModelOptions {
  /** Threads within one operator. */
  readonly threads: number;
  /** Keeps freed memory for the next run: faster for some graphs, and a higher peak. */
  readonly keepMemory?: boolean;
}

/**
 * A graph loaded into ONNX Runtime (CPU). Opening and running block the calling thread and cannot be
 * cancelled: only a runner's child process calls them in production.
 */
export class OnnxModel {
  #session: InferenceSession | undefined;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** Loads a graph; throws `model.graph-unloadable`. */
  static async open(path: string, options: OnnxModelOptions): Promise<OnnxModel> {
    const keep = options.keepMemory ?? false;
    try {
      const session = await InferenceSession.create(path, {
        executionProviders: ['cpu'],
        executionMode: 'sequential',
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        enableCpuMemArena: keep,
        enableMemPattern: keep,
        logSeverityLevel: 3,
      });
      return new OnnxModel(session);
    } catch (cause) {
      throw modelError('model.graph-unloadable', whyUnloadable(runtimeWords(cause)), { cause });
    }
  }

  get outputNames(): readonly string[] {
    return this.#open().outputNames;
  }

  /** What the graph says that it takes and gives. */
  get description(): GraphDescription {
    const { inputMetadata, outputMetadata } = this.#open();
    return { inputs: inputMetadata.map(described), outputs: outputMetadata.map(described) };
  }

  /**
   * Runs the graph and gives the wanted outputs (all of them by default). Checks that each declared input is
   * there with its type and shape (`model.input-missing`, `model.input-mismatch`) and that each wanted output
   * exists (`model.output-missing`).
   */
  async run(
    inputs: Readonly<Record<string, TensorValue>>,
    wanted: readonly string[] = this.outputNames,
  ): Promise<Record<string, TensorValue>> {
    const session = this.#open();
    const feeds = feedsFor(session, inputs);
    const missing = wanted.filter((name) => !session.outputNames.includes(name));
    if (missing.length > 0) throw modelError('model.output-missing', missing.join(', '));
    const results = await session.run(feeds, wanted).catch((cause: unknown) => {
      throw modelError('model.run-failed', runtimeWords(cause), { cause });
    });
    return Object.fromEntries(wanted.map((name) => [name, plain(name, results[name] as Tensor)]));
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #open(): InferenceSession {
    if (this.#session === undefined) throw modelError('model.session-closed');
    return this.#session;
  }
}

function feedsFor(session: InferenceSession, inputs: Readonly<Record<string, TensorValue>>) {
  const unknown = Object.keys(inputs).filter((name) => !session.inputNames.includes(name));
  if (unknown.length > 0)
    throw modelError('model.input-mismatch', `the graph has no input ${unknown.join(', ')}`);
  return Object.fromEntries(
    session.inputMetadata.map((declared) => {
      const value = inputs[declared.name];
      if (value === undefined) throw modelError('model.input-missing', declared.name);
      if (declared.isTensor) checkTensor(declared, value);
      return [declared.name, new Tensor(value.type, value.data as never, value.dims)];
    }),
  );
}

function checkTensor(declared: InferenceSession.TensorValueMetadata, value: TensorValue): void {
  const fits =
    declared.shape.length === value.dims.length &&
    declared.shape.every((size, axis) => typeof size !== 'number' || size < 0 || size === value.dims[axis]);
  if (declared.type === value.type && fits) return;
  throw modelError(
    'model.input-mismatch',
    `${declared.name}: ${value.type} [${value.dims.join(', ')}] given, ${declared.type} [${declared.shape.join(', ')}] declared`,
  );
}

function described(declared: InferenceSession.ValueMetadata): TensorDescription {
  const { name, isTensor } = declared;
  return isTensor
    ? { name, isTensor, type: declared.type, shape: [...declared.shape] }
    : { name, isTensor, type: 'no tensor', shape: [] };
}

function plain(name: string, tensor: Tensor): TensorValue {
  const { type, dims, data } = tensor;
  if (!isReadableType(type)) throw modelError('model.output-unreadable', `${name}: ${type}`);
  return { type, dims, data: data as TensorData };
}

import { asPrelectorError } from '@prelector/kernel';
import { graphProblems } from './graph-problems.js';
import { OnnxModel } from './onnx-model.js';
import type { InspectablePackage } from './package.js';
import type { PackageProblem } from './package-problem.js';
import { tryOnPhantom } from './phantom-trial.js';
import type { VectorResult } from './test-vectors.js';
import { tryVectors } from './test-vectors.js';

/** What a package's graph showed when it was opened. */
export interface Inspection {
  readonly problems: readonly PackageProblem[];
  /** What may be wrong, and keeps no package from running. */
  readonly warnings: readonly PackageProblem[];
  /** Empty unless the vectors were asked for. */
  readonly vectors: readonly VectorResult[];
}

/**
 * Opens the graph of a package, compares it with the manifest, runs it once on a small phantom and, if wanted, on
 * its test vectors. That is native code on a file of unknown origin: only a runner's child process calls this in
 * production.
 */
export async function inspectPackage(
  { graphPath, manifest, folder }: InspectablePackage,
  options: { readonly threads: number; readonly vectors: boolean },
): Promise<Inspection> {
  let model: OnnxModel | undefined;
  try {
    model = await OnnxModel.open(graphPath, { threads: options.threads });
    const declared = graphProblems(manifest, model.description);
    const trial =
      declared.length > 0 ? { problems: declared, warnings: [] } : await tryOnPhantom(model, manifest);
    return { ...trial, vectors: options.vectors ? await tryVectors(model, folder) : [] };
  } catch (thrown) {
    const { code, message } = asPrelectorError(thrown);
    if (code !== 'model.graph-unloadable') throw thrown;
    return { problems: [{ path: 'graph', message }], warnings: [], vectors: [] };
  } finally {
    await model?.close();
  }
}

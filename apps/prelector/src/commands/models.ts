import { basename } from 'node:path';
import { judgePackages } from '@prelector/analysis';
import { silentLog } from '@prelector/kernel';
import { listPackages, problemText } from '@prelector/models';

/** One model package as found in the models folder. */
export interface ModelListing {
  readonly folder: string;
  readonly id?: string;
  readonly version?: string;
  readonly digest?: string;
  /** Why it cannot run, or which test vectors it fails: place and what to do. */
  readonly problems: readonly string[];
  /** What may be wrong with it; it can run all the same. */
  readonly warnings: readonly string[];
}

/** The packages of a folder, each judged; with `tryThem`, each is run on its own test vectors, too. */
export async function listModels(folder: string, tryThem: boolean): Promise<ModelListing[]> {
  const judged = await judgePackages(await listPackages(folder), { log: silentLog, vectors: tryThem });
  return judged.map(({ folder: path, package: found, problems, warnings }) => ({
    folder: path,
    ...(found ? { id: found.manifest.id, version: found.manifest.version, digest: found.digest } : {}),
    problems: problems.map(problemText),
    warnings: warnings.map(problemText),
  }));
}

/** Lines for a person. */
export function modelLines(models: readonly ModelListing[]): string[] {
  return models.flatMap(({ folder, id, version, digest, problems, warnings }) => [
    `${id ?? basename(folder)} ${version ?? 'does not load'}${digest ? `  ${digest.slice(0, 16)}` : ''}${id && problems.length > 0 ? '  CANNOT RUN' : ''}`,
    ...problems.map((problem) => `  ${basename(folder)}: ${problem}`),
    ...warnings.map((warning) => `  ${basename(folder)}: WARNING: ${warning}`),
  ]);
}

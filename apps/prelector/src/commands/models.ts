import { asPrelectorError } from '@prelector/kernel';
import { listPackages, tryVectors } from '@prelector/models';

/** One model package as found in the models folder. */
export interface ModelListing {
  readonly folder: string;
  readonly id?: string;
  readonly version?: string;
  readonly digest?: string;
  /** Why it does not load, or which test vectors it fails. */
  readonly problems: readonly string[];
}

/** The packages of a folder; with `tryThem`, each is run on its own test vectors. */
export async function listModels(folder: string, tryThem: boolean): Promise<ModelListing[]> {
  const listed = await listPackages(folder);
  return Promise.all(
    listed.map(async ({ folder: path, package: found, error }) => {
      if (!found) return { folder: path, problems: [asPrelectorError(error).message] };
      const { id, version } = found.manifest;
      const results = tryThem ? await tryVectors(found) : [];
      const problems = results.flatMap((result) =>
        result.failures.map((failure) => `${result.name}: ${failure}`),
      );
      return { folder: path, id, version, digest: found.digest, problems };
    }),
  );
}

/** Lines for a person. */
export function modelLines(models: readonly ModelListing[]): string[] {
  return models.flatMap((model) => [
    `${model.id ?? model.folder} ${model.version ?? 'does not load'}${model.digest ? `  ${model.digest.slice(0, 16)}` : ''}`,
    ...model.problems.map((problem) => `  ${problem}`),
  ]);
}

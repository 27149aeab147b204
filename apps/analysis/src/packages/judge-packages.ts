import { asPrelectorError, type Log } from '@prelector/kernel';
import {
  problemsOfError,
  valueWarnings,
  type InspectablePackage,
  type Inspection,
  type ListedPackage,
  type ModelPackage,
  type PackageProblem,
} from '@prelector/models';
import { Runner } from '../runner/runner.js';

/** A package folder with everything that is wrong with it; it can run when nothing is. */
export interface JudgedPackage {
  readonly folder: string;
  /** Undefined when it cannot even be read. */
  readonly package?: ModelPackage | undefined;
  readonly problems: readonly PackageProblem[];
  /** What may be wrong with it, and keeps it from nothing. */
  readonly warnings: readonly PackageProblem[];
}

export interface JudgeOptions {
  readonly log: Log;
  /** Runs the test vectors, too. */
  readonly vectors?: boolean;
}

/** Longest that opening a graph may take. */
const openSeconds = 120;

/** For a package that says nothing that holds: what most packages state, and what none may go below. */
const [undeclaredMiB, leastMiB] = [4096, 64];

/** By digest: what a package showed once it shows again. */
const known = new Map<string, Inspection>();

/**
 * Judges packages before any patient does: each graph is opened in a runner, which may crash or be ended
 * without harm here, and compared with its manifest. One bad package hides no other.
 */
export async function judgePackages(
  listed: readonly ListedPackage[],
  { log, vectors = false }: JudgeOptions,
): Promise<JudgedPackage[]> {
  const runner = new Runner({ log });
  try {
    const judged: JudgedPackage[] = [];
    for (const { folder, package: found, error, inspectable } of listed) {
      const seen = inspectable ? await seenIn(runner, inspectable, vectors) : { problems: [], warnings: [] };
      const problems = [...(found ? [] : problemsOfError(error)), ...seen.problems];
      const warnings = [...(found ? valueWarnings(found.manifest) : []), ...seen.warnings];
      judged.push({ folder, package: found, problems, warnings });
    }
    return judged;
  } finally {
    await runner.close();
  }
}

async function seenIn(
  runner: Runner,
  found: InspectablePackage,
  vectors: boolean,
): Promise<Pick<JudgedPackage, 'problems' | 'warnings'>> {
  try {
    const { problems, warnings, vectors: results } = await inspectionOf(runner, found, vectors);
    const failures = results.flatMap((result) =>
      result.failures.map((message) => ({ path: `vectors: ${result.name}`, message })),
    );
    return { problems: [...problems, ...failures], warnings };
  } catch (thrown) {
    const { message } = asPrelectorError(thrown);
    const what = `it could not be opened${vectors ? ', or tried on its vectors' : ''}. ${message}`;
    return { problems: [{ path: 'graph', message: what }], warnings: [] };
  }
}

async function inspectionOf(
  runner: Runner,
  found: InspectablePackage,
  vectors: boolean,
): Promise<Inspection> {
  const { folder, digest, manifest } = found;
  const before = vectors ? undefined : known.get(digest);
  if (before) return before;
  const inspection = await runner.inspect(
    { package: { folder, digest }, vectors },
    {
      timeoutSeconds: openSeconds + (vectors ? (manifest.timeoutSeconds ?? 0) : 0),
      memoryMiB:
        manifest.memoryMiB === undefined || manifest.memoryMiB < leastMiB
          ? undeclaredMiB
          : manifest.memoryMiB,
    },
  );
  known.set(digest, inspection);
  return inspection;
}

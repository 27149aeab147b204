import { availableParallelism, totalmem } from 'node:os';
import type { Log } from '@prelector/kernel';
import type { Inspection } from '@prelector/models';
import type { ArtifactHandover } from './artifact-handover.js';
import { runError } from './errors.js';
import type { RunnerAccess } from './access.js';
import type { InspectionJob, RunnerJob, RunnerProgress } from './protocol.js';
import { RunnerChild, type ChildResult, type RunBounds } from './runner-child.js';

export interface RunnerOptions {
  readonly log: Log;
  /** Most memory of any run, MiB, whatever its package asks for; by default nine tenths of the machine's. */
  readonly memoryLimitMiB?: number;
  /** Threads of inference; by default all cores that this process may use. */
  readonly threads?: number;
  /** Environment of the child, e.g. NODE_EXTRA_CA_CERTS; by default empty. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes over the artifacts of runs; without one a run that makes any fails. */
  readonly handover?: ArtifactHandover;
  /** What the child runs; by default what was built of this project. */
  readonly entry?: string;
}

export interface RunOptions {
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  /** How the run gets at its node, where its images come from one. */
  readonly access?: RunnerAccess | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunnerProgress) => void) | undefined;
}

/** What a run came to. `identities` are the distinct ones that the images' own headers state. */
export type RunnerAnswer = ChildResult;

/**
 * Runs models in a child process, one run at a time; further calls wait their turn. The child stays warm
 * between runs of the same package and is replaced after a crash, a broken bound, or for another package.
 */
export class Runner {
  readonly #options: RunnerOptions;
  #child: { readonly process: RunnerChild; readonly digest: string | undefined } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #runs = 0;
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The process id of the warm child, for those that watch processes. */
  get pid(): number | undefined {
    return this.#child?.process.alive ? this.#child.process.pid : undefined;
  }

  /** Starts the child ahead of the first run, which then need not wait until its code is loaded. */
  prepare(): void {
    if (this.#closed || this.#child?.process.alive) return;
    this.#child = { process: this.#spawn(), digest: undefined };
  }

  /**
   * Fetches, decodes and infers in the child. Throws what the child failed with, or `run.timeout`,
   * `run.memory-exceeded`, `run.cancelled`, `run.runner-crashed`, `run.runner-closed`.
   */
  run(job: RunnerJob, options: RunOptions): Promise<RunnerAnswer> {
    return this.#inTurn(options, job.package.digest, (child, id, bounds) => {
      const { handover } = this.#options;
      return handover ? runInto(handover, child, id, job, bounds) : child.run(id, job, bounds, undefined);
    });
  }

  /** Opens the graph of a package in the child and compares it with the manifest; throws as {@link run} does. */
  inspect(job: InspectionJob, options: RunOptions): Promise<Inspection> {
    // A child of its own for each package: what one left behind must not count against the next.
    return this.#inTurn(options, job.package.digest, (child, id, bounds) => child.inspect(id, job, bounds));
  }

  /** Ends the child and any run it does. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#child?.process.kill();
    this.#child = undefined;
    await this.#turn;
  }

  #inTurn<T>(
    options: RunOptions,
    digest: string,
    work: (child: RunnerChild, id: number, bounds: RunBounds) => Promise<T>,
  ): Promise<T> {
    const mine = this.#turn.then(async () => {
      if (this.#closed) throw runError('run.runner-closed');
      if (options.signal?.aborted) throw runError('run.cancelled');
      return work(await this.#childFor(digest), ++this.#runs, {
        ...options,
        memoryMiB: Math.min(options.memoryMiB, this.#options.memoryLimitMiB ?? machineLimitMiB()),
        threads: this.#options.threads ?? availableParallelism(),
      });
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #childFor(digest: string): Promise<RunnerChild> {
    const warm = this.#child;
    const fits = warm?.process.alive && (warm.digest ?? digest) === digest;
    if (!fits) await warm?.process.kill();
    const process = fits ? warm.process : this.#spawn();
    this.#child = { process, digest };
    return process;
  }

  #spawn(): RunnerChild {
    return new RunnerChild(this.#options.log, this.#options.environment ?? {}, this.#options.entry);
  }
}

/** A run whose artifacts are taken over before it counts as done; a run holds none that its memory could not hold. */
async function runInto(
  handover: ArtifactHandover,
  child: RunnerChild,
  id: number,
  job: RunnerJob,
  bounds: RunBounds,
): Promise<RunnerAnswer> {
  const folder = await handover.begin();
  const maximumBytes = bounds.memoryMiB * 1024 ** 2;
  try {
    const answer = await child.run(id, job, bounds, { folder, maximumBytes });
    await handover.adopt(folder, answer.artifacts, maximumBytes);
    return answer;
  } finally {
    // One that was told to go may write until it is gone.
    if (!child.alive) await child.kill();
    await handover.drop(folder);
  }
}

/** Of what this machine, or the container around this process, has. */
function machineLimitMiB(): number {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor((bytes * 0.9) / 1024 ** 2);
}

import { totalmem } from 'node:os';
import type { Log } from '@prelector/kernel';
import type { ArtifactHandover } from '../runner/artifact-handover.js';
import type { RunnerJob } from '../runner/protocol.js';
import type { RunOptions, RunnerAnswer } from '../runner/runner.js';
import { Runner } from '../runner/runner.js';
import { MemoryAdmission } from './memory-admission.js';

export interface RunnerPoolOptions {
  readonly log: Log;
  /** Runners, each of which runs one model at a time. */
  readonly runners: number;
  /** Memory that all runs may ask for together, MiB; half of the machine's by default. */
  readonly memoryMiB?: number | undefined;
  /** Takes over the artifacts of runs. */
  readonly handover: ArtifactHandover;
}

/** The runners of a process; a run waits until one is free and its memory fits. */
export class RunnerPool {
  readonly #free: Runner[];
  readonly #all: readonly Runner[];
  readonly #admission: MemoryAdmission;

  constructor({
    log,
    runners,
    memoryMiB = Math.floor(totalmem() / 2 / 1024 / 1024),
    handover,
  }: RunnerPoolOptions) {
    const options = { log, memoryLimitMiB: memoryMiB, handover };
    this.#all = Array.from({ length: runners }, () => new Runner(options));
    this.#free = [...this.#all];
    this.#admission = new MemoryAdmission(runners, memoryMiB);
  }

  /** Starts the child of the runner that the first run will take. */
  prepare(): void {
    this.#free.at(-1)?.prepare();
  }

  async run(job: RunnerJob, options: RunOptions): Promise<RunnerAnswer> {
    await this.#admission.enter(options.memoryMiB);
    const runner = this.#free.pop() as Runner;
    try {
      return await runner.run(job, options);
    } finally {
      this.#free.push(runner);
      this.#admission.leave(options.memoryMiB);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((runner) => runner.close()));
  }
}

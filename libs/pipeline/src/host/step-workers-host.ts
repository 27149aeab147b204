import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Ledger } from '@prelector/ledger';
import type { StepHandler } from '../steps/step-handler.js';
import type { StepWorkerOptions } from '../steps/step-worker.js';
import { StepWorker } from '../steps/step-worker.js';

/** Starts one worker per handler and stops them before the database and the queues close. */
export class StepWorkersHost implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  readonly #workers: StepWorker[];
  readonly #ledger: Ledger;

  constructor(handlers: readonly StepHandler[], options: StepWorkerOptions) {
    this.#ledger = options.ledger;
    this.#workers = handlers.map((handler) => new StepWorker(handler, options));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#ledger.markWorker();
    for (const worker of this.#workers) worker.start();
  }

  /** Told to all before any is waited for. */
  onModuleDestroy(): void {
    for (const worker of this.#workers) worker.cease();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { Log } from '@prelector/kernel';
import type { Claim, Tx } from '@prelector/ledger';
import type { StepJob } from '@prelector/queue';
import { StepProcessor } from '@prelector/queue';
import type { LeasedWork, StepResult } from './step-result.js';
import { StepWork } from './step-work.js';

/**
 * The work of one step, under `@ProcessesStep` in the app that owns it. Holds no state between calls; the ledger row is
 * the state.
 */
@Injectable()
export abstract class StepHandler extends StepProcessor implements LeasedWork {
  @Inject(StepWork) private readonly stepWork!: StepWork;

  /** How many of them one process works on at once. */
  protected get concurrency(): number {
    return this.stepWork.concurrency;
  }

  protected get log(): Log {
    return this.stepWork.log;
  }

  abstract handle(claim: Claim, signal: AbortSignal, lease: AbortSignal): Promise<StepResult>;

  buried?(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void>;

  protected work(job: StepJob): Promise<void> {
    return this.stepWork.take(this, job);
  }

  override async onApplicationBootstrap(): Promise<void> {
    await this.stepWork.begin();
    await super.onApplicationBootstrap();
  }
}

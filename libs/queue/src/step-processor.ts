import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { StepName } from '@prelector/findings';
import { asPrelectorError, type Log } from '@prelector/kernel';
import type { Job } from 'bullmq';
import { stepJobSchema, type StepJob } from './step-job.js';
import { throttledWarn } from './throttled-warn.js';

/** After how many ms without a sign of life another worker gets the job. */
const LOCK_MS = 30_000;

/** Works on the jobs of one step as a Nest provider under {@link ProcessesStep}, from the application's start to its end. */
export abstract class StepProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  abstract readonly step: StepName;
  protected abstract get log(): Log;

  /** Jobs at a time. */
  protected abstract get concurrency(): number;

  /** Claims the row in the ledger before any effect, and records there what came of it. */
  protected abstract work(job: StepJob): Promise<void>;

  /**
   * What `work` throws ends here, because BullMQ would keep the message and the stack, which are not for the queue,
   * and has no attempts to give.
   */
  async process({ data }: Job): Promise<void> {
    const job = stepJobSchema.safeParse(data);
    if (!job.success) {
      this.log.error('a job that is not one of ours was dropped', { step: this.step });
      return;
    }
    try {
      await this.work(job.data);
    } catch (thrown) {
      const { code, message } = asPrelectorError(thrown);
      this.log.error('a step failed outside the ledger', {
        step: this.step,
        ...job.data,
        code,
        reason: message,
      });
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    const warn = throttledWarn(this.log);
    this.worker.on('error', (error) => warn(this.step, error));
    this.worker.on('stalled', () =>
      this.log.warn('a job came back from a worker that died', { step: this.step }),
    );
    this.worker.concurrency = this.concurrency;
    void this.worker.run();
  }

  /** Takes no more jobs and waits for those that are worked on. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close();
  }
}

/** Gives a {@link StepProcessor} the queue of its step. */
export function ProcessesStep<Step extends StepName>(
  step: Step,
  { lockMs = LOCK_MS }: { readonly lockMs?: number } = {},
): (target: abstract new (...dependencies: never[]) => StepProcessor & { readonly step: Step }) => void {
  return Processor({ name: step }, { autorun: false, lockDuration: lockMs, stalledInterval: lockMs });
}

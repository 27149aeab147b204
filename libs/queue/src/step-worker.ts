import type { StepName } from '@prelector/findings';
import { asPrelectorError, type Log } from '@prelector/kernel';
import type { Job } from 'bullmq';
import { BackendWorker } from './backend-classes.js';
import type { QueueAddress } from './queue-address.js';
import { stepJobSchema, type StepJob } from './step-job.js';
import { throttledWarn } from './throttled-warn.js';

/** Does one job. It claims the row in the ledger before any effect, and records there what came of it. */
export type StepHandler = (job: StepJob) => Promise<void>;

export interface StepWorkerOptions {
  /** Jobs at a time; 1 by default. */
  readonly concurrency?: number;
  /** After how many ms without a sign of life another worker gets the job; 30,000 by default. */
  readonly lockMs?: number;
}

/** A worker on the jobs of one step. */
export class StepWorker {
  private readonly worker: BackendWorker;

  constructor(
    readonly step: StepName,
    handler: StepHandler,
    address: QueueAddress,
    log: Log,
    { concurrency = 1, lockMs = 30_000 }: StepWorkerOptions,
  ) {
    const prefix = address.kind === 'redis' ? { prefix: address.prefix } : {};
    this.worker = new BackendWorker(step, guarded(step, handler, log), {
      connection: { ...address.connection },
      ...prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
    });
    const warn = throttledWarn(log);
    this.worker.on('error', (error) => warn(step, error));
    this.worker.on('stalled', () => log.warn('a job came back from a worker that died', { step }));
  }

  /** Resolves when jobs are taken. */
  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  onClosed(listener: () => void): void {
    this.worker.once('closed', listener);
  }

  /** Takes no more jobs and waits for those that are worked on. */
  async close(): Promise<void> {
    await this.worker.close();
  }
}

/**
 * A handler as BullMQ may call it: what it throws ends here, because BullMQ would keep the message and the
 * stack, which are not for the queue, and has no attempts to give.
 */
export function guarded(step: StepName, handler: StepHandler, log: Log): (job: Job) => Promise<void> {
  return async ({ data }) => {
    const job = stepJobSchema.safeParse(data);
    if (!job.success) {
      log.error('a job that is not one of ours was dropped', { step });
      return;
    }
    try {
      await handler(job.data);
    } catch (thrown) {
      const { code, message } = asPrelectorError(thrown);
      log.error('a step failed outside the ledger', { step, ...job.data, code, reason: message });
    }
  };
}

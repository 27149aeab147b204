import { steps, type StepName } from '@prelector/findings';
import { PrelectorError, type Log } from '@prelector/kernel';
import type { JobsOptions } from 'bullmq';
import type { BackendQueue } from './backend-classes.js';
import { queueError } from './errors.js';
import { jobIdOf, stepJobSchema, type StepJob } from './step-job.js';
import { throttledWarn } from './throttled-warn.js';

const ANSWER_MS = 10_000;

/** A job to be added. */
export interface AddedJob {
  readonly job: StepJob;
  /** Smaller is sooner; without a priority a job goes before all that have one. */
  readonly priority?: number;
}

/** How many jobs of a step wait, and how many are worked on. */
export type StepDepth = Readonly<Record<StepName, { readonly waiting: number; readonly active: number }>>;

/**
 * The queues of the steps. They are fed from the ledger, carry ids, and retry nothing: the ledger alone owns
 * attempts, so a job that was lost, doubled or wiped costs nothing but time.
 */
export class StepQueues {
  private closing: Promise<unknown> | undefined;

  constructor(
    private readonly queues: ReadonlyMap<StepName, BackendQueue>,
    log: Log,
  ) {
    const warn = throttledWarn(log);
    for (const [step, queue] of queues) queue.on('error', (error) => warn(step, error));
  }

  /**
   * Adds jobs of one step in one round trip; one of the same step, row and attempt that still waits or runs is left as
   * it is.
   * @throws queue.bad-job, queue.unavailable, queue.closed
   */
  async addMany(step: StepName, jobs: readonly AddedJob[]): Promise<void> {
    const entries = jobs.map(({ job, priority }) => {
      const checked = stepJobSchema.safeParse(job);
      if (!checked.success) throw queueError('queue.bad-job', step);
      return { name: step, data: checked.data, opts: optionsOf(jobIdOf(step, checked.data), priority) };
    });
    if (entries.length > 0) await this.answered((queue) => queue.addBulk(entries), step);
  }

  /** @throws queue.unavailable, queue.closed */
  async depth(): Promise<StepDepth> {
    const counts = await Promise.all(
      steps.map(async (step) => {
        const count = await this.answered(
          (queue) => queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active'),
          step,
        );
        const { active = 0, ...waiting } = count;
        return [step, { waiting: Object.values(waiting).reduce((a, b) => a + b, 0), active }] as const;
      }),
    );
    return Object.fromEntries(counts) as StepDepth;
  }

  /** Throws every job away, also those that are worked on now. */
  async wipe(): Promise<void> {
    for (const step of steps) {
      await this.answered((queue) => queue.obliterate({ force: true }), step);
      await this.answered((queue) => queue.resume(), step);
    }
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.closing ??= Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await this.closing;
  }

  /** BullMQ waits without end for a Redis that is away; nobody should wait for it that long. */
  private async answered<T>(ask: (queue: BackendQueue) => Promise<T>, step: StepName): Promise<T> {
    const queue = this.queues.get(step);
    if (this.closing || !queue) throw queueError('queue.closed');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(queueError('queue.unavailable', 'after 10 s')), ANSWER_MS);
    });
    try {
      return await Promise.race([ask(queue), late]);
    } catch (cause) {
      if (cause instanceof PrelectorError) throw cause;
      throw queueError('queue.unavailable', step, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

function optionsOf(jobId: string, priority: number | undefined): JobsOptions {
  const fixed = { jobId, attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
  return priority === undefined ? fixed : { ...fixed, priority };
}

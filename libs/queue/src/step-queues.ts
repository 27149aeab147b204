import { steps, type StepName } from '@prelector/findings';
import { PrelectorError, silentLog, type Log } from '@prelector/kernel';
import type { JobsOptions } from 'bullmq';
import { BackendQueue } from './backend-classes.js';
import { queueError } from './errors.js';
import { prepareBackend } from './prepare-backend.js';
import { queueAddress, type QueueAddress } from './queue-address.js';
import { jobIdOf, stepJobSchema, type StepJob } from './step-job.js';
import { StepWorker, type StepHandler, type StepWorkerOptions } from './step-worker.js';
import { throttledWarn } from './throttled-warn.js';

const ANSWER_MS = 10_000;

/** How to open the queues. */
export interface StepQueuesOptions {
  /** `postgres://…` or `redis://…`. */
  readonly url: string;
  /** Sets installations apart that share a server: PostgreSQL schema or Redis key prefix. */
  readonly prefix?: string;
  readonly log?: Log;
  /** Connections of the pool of each queue and of each worker (PostgreSQL only); 2 by default. */
  readonly poolMax?: number;
}

/** Smaller is sooner; without a priority a job goes before all that have one. */
export interface AddOptions {
  readonly priority?: number;
}

/** How many jobs of a step wait, and how many are worked on. */
export type StepDepth = Readonly<Record<StepName, { readonly waiting: number; readonly active: number }>>;

/**
 * The queues of the steps. They are fed from the ledger, carry ids, and retry nothing: the ledger alone owns
 * attempts, so a job that was lost, doubled or wiped costs nothing but time.
 */
export class StepQueues {
  private readonly workers = new Set<StepWorker>();
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly address: QueueAddress,
    private readonly queues: ReadonlyMap<StepName, BackendQueue>,
    private readonly log: Log,
  ) {}

  /** @throws queue.url-invalid, queue.unavailable, queue.schema */
  static async open(options: StepQueuesOptions): Promise<StepQueues> {
    const address = queueAddress(options.url, options.prefix, options.poolMax);
    await prepareBackend(address, connectionsOf(options.poolMax), options.log ?? silentLog);
    const prefix = address.kind === 'redis' ? { prefix: address.prefix } : {};
    const queues = steps.map(
      (step) => [step, new BackendQueue(step, { connection: { ...address.connection }, ...prefix })] as const,
    );
    return StepQueues.over(address, new Map(queues), options.log);
  }

  /** The same over queues that someone else made; they are closed with it. */
  static over(
    address: QueueAddress,
    queues: ReadonlyMap<StepName, BackendQueue>,
    log: Log = silentLog,
  ): StepQueues {
    const warn = throttledWarn(log);
    for (const [step, queue] of queues) queue.on('error', (error) => warn(step, error));
    return new StepQueues(address, queues, log);
  }

  /** Adds a job; one of the same step, row and attempt that still waits or runs is left as it is. */
  async add(step: StepName, job: StepJob, options: AddOptions = {}): Promise<void> {
    await this.addMany(step, [{ job, ...options }]);
  }

  /** Adds jobs of one step in one round trip. @throws queue.bad-job, queue.unavailable, queue.closed */
  async addMany(step: StepName, jobs: readonly ({ readonly job: StepJob } & AddOptions)[]): Promise<void> {
    const entries = jobs.map(({ job, priority }) => {
      const checked = stepJobSchema.safeParse(job);
      if (!checked.success) throw queueError('queue.bad-job', step);
      return { name: step, data: checked.data, opts: optionsOf(jobIdOf(step, checked.data), priority) };
    });
    if (entries.length > 0) await this.answered((queue) => queue.addBulk(entries), step);
  }

  /** Works on the jobs of a step until the worker, or all of this, is closed. */
  work(step: StepName, handler: StepHandler, options: StepWorkerOptions = {}): StepWorker {
    if (this.closing) throw queueError('queue.closed');
    const worker = new StepWorker(step, handler, this.address, this.log, options);
    this.workers.add(worker);
    worker.onClosed(() => this.workers.delete(worker));
    return worker;
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

  /** Takes no more jobs, waits for those that are worked on, and closes all connections. Safe to call twice. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      await Promise.all([...this.workers].map((worker) => worker.close()));
      await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    })();
    return this.closing;
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

/** Of one process that works on every step: a pool per queue, a pool and a LISTEN connection per worker. */
export function connectionsOf(poolMax = 2): number {
  return steps.length * (poolMax + poolMax + 1);
}

import type { StepName } from '@prelector/findings';
import type { Clock, Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { DueStep, Ledger } from '@prelector/ledger';
import type { StepQueues } from '@prelector/queue';

export interface DispatcherOptions {
  readonly ledger: Ledger;
  readonly queues: StepQueues;
  readonly clock: Clock;
  readonly log: Log;
  /** Seconds between looks at the outbox when no notification comes. */
  readonly everySeconds: number;
  /** Seconds after which a job that was fed and never claimed is fed again. */
  readonly staleSeconds: number;
}

const batch = 200;

/**
 * Turns due outbox rows into queue jobs. Woken by the ledger's notification, and by a timer for rows that
 * become due and for notifications that were missed. Any number of processes may run one.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #unlisten: (() => void) | undefined;
  #lastReconciled = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#unlisten = this.#options.ledger.on('outbox', () => this.#wake());
    this.#timer = setInterval(() => this.#wake(), this.#options.everySeconds * 1000);
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#unlisten?.();
    await this.#running;
  }

  #wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#dispatch()
      .catch((thrown: unknown) =>
        this.#options.log.warn('outbox not dispatched', { code: asPrelectorError(thrown).code }),
      )
      .finally(() => {
        this.#running = undefined;
        if (this.#again) {
          this.#again = false;
          this.#wake();
        }
      });
  }

  async #dispatch(): Promise<void> {
    await this.#reconcile();
    let taken = batch;
    while (taken === batch && !this.#stopped) taken = await this.#dispatchBatch();
  }

  /** How many were due. Nothing is locked while the queues are fed; what they do not take is due again at once. */
  async #dispatchBatch(): Promise<number> {
    const { ledger } = this.#options;
    const due = await ledger.pool.outbox.takeDue(batch);
    const bySteps = Map.groupBy(due, ({ step }) => step);
    await Promise.all([...bySteps].map(([step, rows]) => this.#feed(step, rows)));
    return due.length;
  }

  async #feed(step: StepName, rows: readonly DueStep[]): Promise<void> {
    const { ledger, queues } = this.#options;
    const jobs = rows.map(({ stepId, rowId, attempt, priority, isRepeat }) => ({
      job: { stepId, rowId, attempt },
      priority: 2 * priority + (isRepeat ? 1 : 0),
    }));
    try {
      await queues.addMany(step, jobs);
    } catch (thrown) {
      await ledger.pool.outbox.putBack(rows.map(({ outboxId }) => outboxId));
      throw thrown;
    }
  }

  async #reconcile(): Promise<void> {
    const { ledger, clock, staleSeconds, log } = this.#options;
    const now = clock.now();
    if (now.getTime() - this.#lastReconciled < (staleSeconds * 1000) / 3) return;
    this.#lastReconciled = now.getTime();
    const dispatchedBefore = new Date(now.getTime() - staleSeconds * 1000);
    const { leasesLost, redispatched } = await ledger.transaction((tx) =>
      tx.outbox.requeueStale({ dispatchedBefore }),
    );
    if (leasesLost + redispatched > 0)
      log.info('steps that stood still were fed again', { leasesLost, redispatched });
  }
}

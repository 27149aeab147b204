import type { Clock, Log, PrelectorError } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { Claim, Ledger, StepFailure, Tx } from '@prelector/ledger';
import { buryStep, claimStep, completeStep, deferStep, retryStep, reviveRow } from '@prelector/ledger';
import type { StepJob, StepQueues, StepWorker as QueueWorker } from '@prelector/queue';
import type { RetryPolicy } from './backoff.js';
import { nextAttemptAt } from './backoff.js';
import { faultPlace } from './fault-place.js';
import { afterNodeFault } from './node-fault.js';
import { keepLease } from './keep-lease.js';
import type { StepHandler, StepResult } from './step-handler.js';

export interface StepWorkerOptions {
  readonly ledger: Ledger;
  readonly queues: StepQueues;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this process in leases: host, pid and a random part. */
  readonly holder: string;
  /** Seconds a claim lasts; renewed while the handler works. */
  readonly leaseSeconds: number;
}

/** A failure, and what it comes to. */
interface Failure {
  readonly error: PrelectorError;
  /** Not the study's fault: no attempt is counted. */
  readonly putOff: { readonly at: Date; readonly why: string; readonly keepReason?: true } | undefined;
  readonly again: Date | undefined;
}

/**
 * Takes the jobs of one step, claims the row in the ledger, lets the handler work under a renewed lease, and
 * writes what came of it under the claim's fencing number. A job whose row cannot be claimed is somebody
 * else's, or done: it ends without effect.
 */
export class StepWorker {
  readonly #options: StepWorkerOptions;
  readonly #handler: StepHandler;
  readonly #stopping = new AbortController();
  #worker: QueueWorker | undefined;

  constructor(handler: StepHandler, options: StepWorkerOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  start(): void {
    this.#worker = this.#options.queues.work(this.#handler.step, (job) => this.#work(job), {
      concurrency: this.#handler.concurrency,
    });
  }

  /** Tells handlers to stop. */
  cease(): void {
    this.#stopping.abort();
  }

  /** Tells handlers to stop, waits for them, and leaves their rows to be claimed again. */
  async stop(): Promise<void> {
    this.cease();
    await this.#worker?.close();
  }

  async #work(job: StepJob): Promise<void> {
    const { ledger, holder, leaseSeconds, log } = this.#options;
    const asked = performance.now();
    const claim = await claimStep(ledger, {
      stepId: job.stepId,
      attempt: job.attempt,
      holder,
      leaseSeconds,
    });
    if (!claim) return;
    if (claim.failures >= this.#options.retry.maximumAttempts) {
      await this.#bury(claim, {
        code: 'step.worker-lost',
        message: 'The process that worked on this died each time; see its log, then try again.',
      });
      return;
    }
    const lease = keepLease(claim, { ledger, log, leaseSeconds, asked });
    try {
      const stop = AbortSignal.any([lease.lost, this.#stopping.signal]);
      const result = await this.#handler.handle(claim, stop, lease.over);
      await this.#finish(claim, result);
    } catch (thrown) {
      await this.#fail(claim, thrown, lease.lost.aborted);
    } finally {
      lease.end();
    }
  }

  async #finish(claim: Claim, result: StepResult): Promise<void> {
    const { ledger } = this.#options;
    const failed = await ledger.transaction(async (tx) => {
      const end = (await result.commit?.(tx)) ?? result;
      if (end.kind === 'done') await completeStep(tx, claim);
      else if (end.kind === 'later') await deferStep(tx, claim, end.until, end.reason);
      if (end.kind !== 'failed') return undefined;
      const failure = this.#judged(claim, end.error);
      await this.#write(tx, claim, failure);
      return failure;
    });
    if (failed) this.#tell(claim, failed);
  }

  async #fail(claim: Claim, thrown: unknown, leaseLost: boolean): Promise<void> {
    const { ledger, log } = this.#options;
    const error = asPrelectorError(thrown);
    if (leaseLost || error.code === 'ledger.lease-lost') {
      log.warn('lease lost, the row is left to its new holder', fieldsOf(claim, error));
      return;
    }
    const failure = this.#judged(claim, error);
    this.#tell(claim, failure);
    await ledger.transaction((tx) => this.#write(tx, claim, failure));
  }

  /** What a failure comes to: put off, tried again after a back-off, or given up. */
  #judged(claim: Claim, error: PrelectorError): Failure {
    const { clock, retry } = this.#options;
    const now = clock.now();
    const putOff = this.#stopping.signal.aborted
      ? { at: now, why: 'stopped before it was finished', keepReason: true as const }
      : afterNodeFault(error, now, Math.random());
    return { error, putOff, again: nextAttemptAt(error.recovery, claim.failures + 1, retry, now) };
  }

  #tell(claim: Claim, { error, putOff, again }: Failure): void {
    const { log } = this.#options;
    const fields = {
      ...fieldsOf(claim, error),
      ...(error.code === 'internal' ? { cause: faultPlace(error.cause) } : {}),
    };
    if (unasked.has(error.code)) log.debug('step waits for its node', fields);
    else log.warn(putOff || again ? 'step failed, will be tried again' : 'step failed for good', fields);
  }

  async #write(tx: Tx, claim: Claim, { error, putOff, again }: Failure): Promise<void> {
    const reason = { code: error.code, message: error.message };
    if (putOff) {
      const { at, why, keepReason = false } = putOff;
      const cause = keepReason ? {} : { code: error.code };
      await deferStep(tx, claim, at, why, { keepFailures: true, keepReason, ...cause });
    } else if (again) await retryStep(tx, claim, reason, again);
    else await this.#buryIn(tx, claim, reason);
  }

  #bury(claim: Claim, reason: StepFailure): Promise<void> {
    return this.#options.ledger.transaction((tx) => this.#buryIn(tx, claim, reason));
  }

  /** Row and step are given up together, or, where somebody asked for the step meanwhile, taken up together. */
  async #buryIn(tx: Tx, claim: Claim, reason: StepFailure): Promise<void> {
    await this.#handler.buried?.(tx, claim.rowId, reason);
    if ((await buryStep(tx, claim, reason)) === 'again')
      await reviveRow(tx, claim, { who: 'ledger', why: 'asked for again meanwhile' });
  }
}

/** The node is left alone, and what led to that was said: nothing was asked, so nothing failed. */
const unasked: ReadonlySet<string> = new Set(['node.circuit-open', 'node.account-refused']);

const fieldsOf = (claim: Claim, { code }: PrelectorError) => ({
  step: claim.step,
  row: claim.rowId,
  attempt: claim.attempt,
  code,
});

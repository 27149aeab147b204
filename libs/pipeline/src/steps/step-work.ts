import type { OnModuleDestroy } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Log, PrelectorError } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { Claim, StepFailure, Tx } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import type { Configuration } from '@prelector/platform';
import type { StepJob } from '@prelector/queue';
import { CLOCK, CONFIGURATION, HOLDER, LOG, RETRY } from '../tokens.js';
import type { RetryPolicy } from './backoff.js';
import { nextAttemptAt } from './backoff.js';
import { faultPlace } from './fault-place.js';
import { keepLease } from './keep-lease.js';
import { afterNodeFault } from './node-fault.js';
import type { LeasedWork, StepResult } from './step-result.js';

/** A failure, and what it comes to. */
interface Failure {
  readonly error: PrelectorError;
  /** Not the study's fault: no attempt is counted. */
  readonly putOff: { readonly at: Date; readonly why: string; readonly keepReason?: true } | undefined;
  readonly again: Date | undefined;
}

/**
 * Takes a job, claims the row in the ledger, lets the handler work under a renewed lease, and writes what came of it
 * under the claim's fencing number. A job whose row cannot be claimed is somebody else's, or done: it ends without
 * effect.
 */
@Injectable()
export class StepWork implements OnModuleDestroy {
  readonly #stopping = new AbortController();

  constructor(
    private readonly ledger: Ledger,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) readonly log: Log,
    @Inject(HOLDER) private readonly holder: string,
    @Inject(RETRY) private readonly retry: RetryPolicy,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Jobs at a time of each step that does not say otherwise. */
  get concurrency(): number {
    return this.configuration.workers.concurrency;
  }

  /** Lets other processes see that this one works on steps. */
  async begin(): Promise<void> {
    await this.ledger.markWorker();
  }

  /** Tells all handlers to stop, before any is waited for; their rows are claimed again. */
  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  async take(handler: LeasedWork, job: StepJob): Promise<void> {
    const { ledger, log, holder } = this;
    const { leaseSeconds } = this.configuration.workers;
    const asked = performance.now();
    const claim = await ledger.pool.steps.claim({
      stepId: job.stepId,
      attempt: job.attempt,
      holder,
      leaseSeconds,
    });
    if (!claim) return;
    if (claim.failures >= this.retry.maximumAttempts) {
      await this.#bury(handler, claim, {
        code: 'step.worker-lost',
        message: 'The process that worked on this died each time; see its log, then try again.',
      });
      return;
    }
    const lease = keepLease(claim, { ledger, log, leaseSeconds, asked });
    try {
      const stop = AbortSignal.any([lease.lost, this.#stopping.signal]);
      const result = await handler.handle(claim, stop, lease.over);
      await this.#finish(handler, claim, result);
    } catch (thrown) {
      await this.#fail(handler, claim, thrown, lease.lost.aborted);
    } finally {
      lease.end();
    }
  }

  async #finish(handler: LeasedWork, claim: Claim, result: StepResult): Promise<void> {
    const failed = await this.ledger.transaction(async (tx) => {
      const end = (await result.commit?.(tx)) ?? result;
      if (end.kind === 'done') await tx.steps.complete(claim);
      else if (end.kind === 'later') await tx.steps.defer(claim, end.until, end.reason, keptOf(end));
      if (end.kind !== 'failed') return undefined;
      const failure = this.#judged(claim, end.error);
      await this.#write(tx, handler, claim, failure);
      return failure;
    });
    if (failed) this.#tell(claim, failed);
  }

  async #fail(handler: LeasedWork, claim: Claim, thrown: unknown, leaseLost: boolean): Promise<void> {
    const error = asPrelectorError(thrown);
    if (leaseLost || error.code === 'ledger.lease-lost') {
      this.log.warn('lease lost, the row is left to its new holder', fieldsOf(claim, error));
      return;
    }
    const failure = this.#judged(claim, error);
    this.#tell(claim, failure);
    await this.ledger.transaction((tx) => this.#write(tx, handler, claim, failure));
  }

  /** What a failure comes to: put off, tried again after a back-off, or given up. */
  #judged(claim: Claim, error: PrelectorError): Failure {
    const now = this.clock.now();
    const putOff = this.#stopping.signal.aborted
      ? { at: now, why: 'stopped before it was finished', keepReason: true as const }
      : afterNodeFault(error, now, Math.random());
    return { error, putOff, again: nextAttemptAt(error.recovery, claim.failures + 1, this.retry, now) };
  }

  #tell(claim: Claim, { error, putOff, again }: Failure): void {
    const fields = {
      ...fieldsOf(claim, error),
      ...(error.code === 'internal' ? { cause: faultPlace(error.cause) } : {}),
    };
    if (unasked.has(error.code)) this.log.debug('step waits for its node', fields);
    else this.log.warn(putOff || again ? 'step failed, will be tried again' : 'step failed for good', fields);
  }

  async #write(tx: Tx, handler: LeasedWork, claim: Claim, { error, putOff, again }: Failure): Promise<void> {
    const reason = { code: error.code, message: error.message };
    if (putOff) {
      const { at, why, keepReason = false } = putOff;
      const cause = keepReason ? {} : { code: error.code };
      await tx.steps.defer(claim, at, why, { keepFailures: true, keepReason, ...cause });
    } else if (again) await tx.steps.retry(claim, reason, again);
    else await this.#buryIn(tx, handler, claim, reason);
  }

  #bury(handler: LeasedWork, claim: Claim, reason: StepFailure): Promise<void> {
    return this.ledger.transaction((tx) => this.#buryIn(tx, handler, claim, reason));
  }

  /** Row and step are given up together, or, where somebody asked for the step meanwhile, taken up together. */
  async #buryIn(tx: Tx, handler: LeasedWork, claim: Claim, reason: StepFailure): Promise<void> {
    await handler.buried?.(tx, claim.rowId, reason);
    if ((await tx.steps.bury(claim, reason)) === 'again')
      await tx.moves.reviveRow(claim, { who: 'ledger', why: 'asked for again meanwhile' });
  }
}

/** The node is left alone, and what led to that was said: nothing was asked, so nothing failed. */
const unasked: ReadonlySet<string> = new Set(['node.circuit-open', 'node.account-refused']);

const keptOf = ({ code }: { readonly code?: string }) =>
  code === undefined ? {} : { keepFailures: true, code };

const fieldsOf = (claim: Claim, { code }: PrelectorError) => ({
  step: claim.step,
  row: claim.rowId,
  attempt: claim.attempt,
  code,
});

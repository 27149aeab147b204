import type { PrelectorError } from '@prelector/kernel';
import type { Claim, Tx } from '@prelector/ledger';

/**
 * How an attempt ends: over, the same work again at `until`, or failed as if that error had been thrown. `code` says
 * what it waits for, and lets the failures before it count on.
 */
export type StepEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly until: Date; readonly reason: string; readonly code?: string }
  | { readonly kind: 'failed'; readonly error: PrelectorError };

/**
 * Writes of a step, made in the one transaction that also ends its lease. What only that transaction can
 * decide, it answers with: the end that it returns counts instead of the one foreseen.
 */
export type Commit = (tx: Tx) => Promise<StepEnd | void>;

/** What a handler came to. Failures are thrown as `PrelectorError`; its recovery decides what follows. */
export type StepResult =
  | { readonly kind: 'done'; readonly commit?: Commit }
  /** Not a failure: the same work again at `until`. */
  | {
      readonly kind: 'later';
      readonly until: Date;
      readonly reason: string;
      readonly code?: string;
      readonly commit?: Commit;
    };

export const done = (commit?: Commit): StepResult => (commit ? { kind: 'done', commit } : { kind: 'done' });
export const failed = (error: PrelectorError): StepEnd => ({ kind: 'failed', error });
export const later = (until: Date, reason: string, commit?: Commit): StepResult =>
  commit ? { kind: 'later', until, reason, commit } : { kind: 'later', until, reason };

/** The work of one step, as it is taken under a lease. */
export interface LeasedWork {
  /**
   * @param signal given when the work is to stop: the process stops, or the lease was lost
   * @param lease given when the lease was lost, or could not be renewed before its end: the step may be another's
   * now, so nothing may have an effect any more that no fence guards
   */
  handle(claim: Claim, signal: AbortSignal, lease: AbortSignal): Promise<StepResult>;
  /** Writes that go with giving up, in the same transaction as the dead letter. */
  buried?(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void>;
}

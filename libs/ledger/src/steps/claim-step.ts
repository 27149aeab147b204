import type { StepName } from '@prelector/findings';
import type { Ledger } from '../ledger.js';
import { rowOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** The right to work on a step, and to write its results, as long as nobody else has claimed it since. */
export interface Claim {
  readonly stepId: string;
  readonly step: StepName;
  readonly rowId: string;
  readonly attempt: number;
  /** Fencing number (a bigint, as text). */
  readonly fence: string;
  /** Failures in a row before this attempt, lost leases included. */
  readonly failures: number;
}

export interface ClaimRequest {
  readonly stepId: string;
  readonly attempt: number;
  /** Who works: host, process and worker, in one word. */
  readonly holder: string;
  readonly leaseSeconds: number;
}

/**
 * Takes the lease of a step before any effect. Undefined when that attempt does not wait any more: it was
 * claimed by another worker, is done, or a newer attempt took its place. Ends the outbox row.
 */
export async function claimStep(ledger: Ledger, request: ClaimRequest): Promise<Claim | undefined> {
  const row = await rowOf<Omit<Claim, 'stepId'> & { stepId: string }>(
    ledger.pool,
    `WITH claimed AS (
       UPDATE step SET state = 'leased', holder = $3, fence = fence + 1, again_at = NULL,
         leased_until = now() + make_interval(secs => $4), updated_at = now()
       WHERE id = $1 AND attempt = $2 AND state = 'waiting' RETURNING *
     ), taken AS (
       DELETE FROM outbox USING claimed WHERE outbox.step_id = claimed.id
     ), begun AS (
       INSERT INTO attempt (step_id, number, holder) SELECT id, attempt, holder FROM claimed
     )
     SELECT id AS "stepId", step, row_id AS "rowId", attempt, fence, failures FROM claimed`,
    [request.stepId, request.attempt, request.holder, request.leaseSeconds],
  );
  return row;
}

/** Prolongs a lease; false when it was lost, and then the work is to be stopped. */
export async function renewLease(ledger: Ledger, claim: Claim, leaseSeconds: number): Promise<boolean> {
  const row = await rowOf(
    ledger.pool,
    `UPDATE step SET leased_until = now() + make_interval(secs => $3)
     WHERE id = $1 AND fence = $2 AND state = 'leased' RETURNING id`,
    [claim.stepId, claim.fence, leaseSeconds],
  );
  return row !== undefined;
}

/** What came of the attempt before a claimed one, in words; undefined where it is not known, or was the first. */
export async function lastAttemptSaid(
  tx: Tx,
  { stepId, attempt }: Pick<Claim, 'stepId' | 'attempt'>,
): Promise<string | undefined> {
  const row = await rowOf<{ message: string | null }>(
    tx,
    `SELECT message FROM attempt WHERE step_id = $1 AND number < $2 ORDER BY number DESC LIMIT 1`,
    [stepId, attempt],
  );
  return row?.message ?? undefined;
}

import { randomUUIDv7 } from 'node:crypto';
import { channels } from '../channel-listener.js';
import { ledgerError } from '../errors.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { Claim } from './claim-step.js';
import type { AttemptResult } from './step.entity.js';

/** Why an attempt failed: an error's code and its sentence, both free of identity. */
export interface StepFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * Ends the lease in the caller's transaction, which thereby is rolled back when the lease was lost. A step that was asked
 * for again in the meantime waits: a back-off is kept, all else runs again.
 */
async function endLease(
  tx: Tx,
  claim: Claim,
  end: {
    result: AttemptResult;
    state: 'waiting' | 'done' | 'dead';
    dueAt?: Date;
    failure?: Partial<StepFailure>;
    keepFailures?: boolean;
    keepReason?: boolean;
  },
): Promise<'waiting' | 'done' | 'dead'> {
  const after = await rowOf<{ state: 'waiting' | 'done' | 'dead' }>(
    tx,
    `WITH held AS (
       SELECT id, again_at FROM step WHERE id = $1 AND fence = $2 AND state = 'leased' FOR UPDATE
     ), next AS (
       SELECT id, CASE WHEN is_kept THEN $5::text ELSE 'waiting' END AS state,
         CASE WHEN is_kept THEN $6::timestamptz ELSE least($6::timestamptz, again_at) END AS due_at
       FROM held CROSS JOIN LATERAL (SELECT again_at IS NULL OR $4::text = 'failed' AS is_kept) AS kept
     ), ended AS (
       UPDATE step SET state = next.state, holder = NULL, leased_until = NULL, again_at = NULL,
         reason = CASE WHEN $10::boolean THEN coalesce(reason, $8::text) ELSE $8::text END,
         attempt = attempt + CASE next.state WHEN 'waiting' THEN 1 ELSE 0 END,
         failures = CASE WHEN $4 = 'failed' THEN failures + 1 WHEN $9::boolean THEN failures ELSE 0 END,
         due_at = coalesce(next.due_at, step.due_at), updated_at = now()
       FROM next WHERE step.id = next.id RETURNING step.id, step.state, step.attempt, next.due_at
     ), said AS (
       UPDATE attempt SET ended_at = clock_timestamp(), result = $4, code = $7, message = $8
       FROM held WHERE step_id = held.id AND number = $3
     ), put AS (
       INSERT INTO outbox (id, step_id, attempt, due_at)
       SELECT $11::uuid, id, attempt, coalesce(due_at, now()) FROM ended WHERE state = 'waiting'
       ON CONFLICT (step_id, attempt) DO NOTHING
     )
     SELECT state, CASE state WHEN 'waiting' THEN pg_notify($12, '') END FROM ended`,
    [
      claim.stepId,
      claim.fence,
      claim.attempt,
      end.result,
      end.state,
      end.dueAt ?? null,
      end.failure?.code ?? null,
      end.failure?.message ?? null,
      end.keepFailures ?? false,
      end.keepReason ?? false,
      randomUUIDv7(),
      channels.outbox,
    ],
  );
  if (!after) throw ledgerError('ledger.lease-lost', `step ${claim.step}, attempt ${claim.attempt}`);
  return after.state;
}

/** Holds the lease in the caller's transaction: before an effect that only its holder may have. Throws `ledger.lease-lost`. */
export async function assertClaim(tx: Tx, claim: Claim): Promise<void> {
  const held = await rowOf(
    tx,
    `SELECT 1 AS yes FROM step WHERE id = $1 AND fence = $2 AND state = 'leased' FOR UPDATE`,
    [claim.stepId, claim.fence],
  );
  if (!held) throw ledgerError('ledger.lease-lost', `step ${claim.step}, attempt ${claim.attempt}`);
}

/** The attempt did its work. Throws `ledger.lease-lost`. */
export async function completeStep(tx: Tx, claim: Claim): Promise<void> {
  await endLease(tx, claim, { result: 'done', state: 'done' });
}

/**
 * Not a failure: there is nothing to do yet, look again at `dueAt`. Failures before it are forgotten, unless
 * `keepFailures`: where the attempt was put off (a stop, an open circuit) rather than made; `keepReason` lets the
 * cause that was told before stand, where there is one. `code` is that of the fault for which it was put off. Throws
 * `ledger.lease-lost`.
 */
export async function deferStep(
  tx: Tx,
  claim: Claim,
  dueAt: Date,
  reason: string,
  { code, ...options }: { keepFailures?: boolean; keepReason?: boolean; code?: string } = {},
): Promise<void> {
  await endLease(tx, claim, {
    result: 'deferred',
    state: 'waiting',
    dueAt,
    failure: { message: reason, ...(code === undefined ? {} : { code }) },
    ...options,
  });
}

/** The attempt failed and is tried again at `nextAt`. Throws `ledger.lease-lost`. */
export async function retryStep(tx: Tx, claim: Claim, failure: StepFailure, nextAt: Date): Promise<void> {
  await endLease(tx, claim, { result: 'failed', state: 'waiting', dueAt: nextAt, failure });
}

/**
 * What cannot succeed becomes a dead letter with a reason that a person can act on. When it was asked for
 * again in the meantime it is tried once more (`again`), the dead letter is kept as answered, and the caller
 * takes its row up again in the same transaction. Throws `ledger.lease-lost`.
 */
export async function buryStep(tx: Tx, claim: Claim, failure: StepFailure): Promise<'dead' | 'again'> {
  const state = await endLease(tx, claim, { result: 'dead', state: 'dead', failure });
  await rowsOf(
    tx,
    `INSERT INTO dead_letter (id, step_id, code, reason, at, resolved_at, resolved_by, resolution)
     SELECT $2, id, $3, $4, now(), CASE state WHEN 'dead' THEN NULL ELSE now() END,
       CASE state WHEN 'dead' THEN NULL ELSE 'ledger' END,
       CASE state WHEN 'dead' THEN NULL ELSE 'asked for again meanwhile' END
     FROM step WHERE id = $1`,
    [claim.stepId, randomUUIDv7(), failure.code, failure.message],
  );
  return state === 'dead' ? 'dead' : 'again';
}

import { randomUUIDv7 } from 'node:crypto';
import { ledgerError } from '../errors.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { Claim } from './claim-step.js';
import { putInOutbox } from './schedule-step.js';
import type { AttemptResult } from './step.entity.js';

/** Why an attempt failed: an error's code and its sentence, both free of identity. */
export interface StepFailure {
  readonly code: string;
  readonly message: string;
}

/** Ends the lease in the caller's transaction, which thereby is rolled back when the lease was lost. */
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
  const before = await rowOf<{ again_at: Date | null }>(
    tx,
    `SELECT again_at FROM step WHERE id = $1 AND fence = $2 AND state = 'leased' FOR UPDATE`,
    [claim.stepId, claim.fence],
  );
  if (!before) throw ledgerError('ledger.lease-lost', `step ${claim.step}, attempt ${claim.attempt}`);
  const { state, dueAt } = afterwards(end, before.again_at);
  const after = await rowOf<{ attempt: number }>(
    tx,
    `UPDATE step SET state = $2, holder = NULL, leased_until = NULL, again_at = NULL,
       reason = CASE WHEN $8 THEN coalesce(reason, $3) ELSE $3 END,
       attempt = attempt + $4, failures = CASE WHEN $5 = 'failed' THEN failures + 1 WHEN $7 THEN failures ELSE 0 END,
       due_at = coalesce($6, due_at), updated_at = now()
     WHERE id = $1 RETURNING attempt`,
    [
      claim.stepId,
      state,
      end.failure?.message ?? null,
      state === 'waiting' ? 1 : 0,
      end.result,
      dueAt ?? null,
      end.keepFailures ?? false,
      end.keepReason ?? false,
    ],
  );
  await rowsOf(
    tx,
    `UPDATE attempt SET ended_at = clock_timestamp(), result = $3, code = $4, message = $5
     WHERE step_id = $1 AND number = $2`,
    [claim.stepId, claim.attempt, end.result, end.failure?.code ?? null, end.failure?.message ?? null],
  );
  if (state === 'waiting') await putInOutbox(tx, claim.stepId, (after as { attempt: number }).attempt, dueAt);
  return state;
}

/** What a step that was asked for again in the meantime comes to: a back-off is kept, all else runs again. */
function afterwards(
  end: { result: AttemptResult; state: 'waiting' | 'done' | 'dead'; dueAt?: Date },
  againAt: Date | null,
): { state: 'waiting' | 'done' | 'dead'; dueAt: Date | undefined } {
  if (!againAt || end.result === 'failed') return { state: end.state, dueAt: end.dueAt };
  const nearer = end.dueAt && end.dueAt < againAt ? end.dueAt : againAt;
  return { state: 'waiting', dueAt: nearer };
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

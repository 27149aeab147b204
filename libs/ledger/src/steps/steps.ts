import { randomUUIDv7 } from 'node:crypto';
import type { StepName } from '@prelector/findings';
import { channels } from '../channel-listener.js';
import { ledgerError } from '../errors.js';
import type { Statements } from '../sql.js';
import type { Outbox } from './outbox.js';
import type { AttemptResult, StepState } from './step.entity.js';

export interface ScheduleRequest {
  readonly step: StepName;
  /** Order (resolve), study (observe, select), run (run, encode) or delivery (deliver). */
  readonly rowId: string;
  /** Now when left out. */
  readonly dueAt?: Date | undefined;
  /** Smaller goes first; 5 when left out, and never raised by scheduling again. */
  readonly priority?: number | undefined;
  /** Start again a step that is done or dead; without it such a step stays as it is. */
  readonly restart?: boolean | undefined;
}

export interface ScheduledStep {
  readonly stepId: string;
  readonly attempt: number;
  /** `again`: it runs now and will run once more; `unchanged`: it is done or dead and was not restarted. */
  readonly effect: 'scheduled' | 'nearer' | 'again' | 'unchanged';
}

interface StepNow {
  id: string;
  state: StepState;
  attempt: number;
}

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

/** Why an attempt failed: an error's code and its sentence, both free of identity. */
export interface StepFailure {
  readonly code: string;
  readonly message: string;
}

/** Steps of work, one for each name and row: scheduled, leased to one worker at a time, ended. */
export class Steps {
  constructor(
    private readonly sql: Statements,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Makes a step due, in the transaction of the change that calls for it. There is one step per name and row:
   * one that waits is pulled nearer, never doubled; one that is leased runs again when that lease ends.
   */
  async schedule(request: ScheduleRequest): Promise<ScheduledStep> {
    const { step, rowId, dueAt, priority = 5, restart = false } = request;
    const created = await this.sql.row<StepNow>(
      // One round trip for the usual case, a step that is new: it is scheduled in every transaction of the way.
      `WITH made AS (
         INSERT INTO step (id, step, row_id, due_at, priority) VALUES ($1, $2, $3, coalesce($4, now()), $5)
         ON CONFLICT (step, row_id) DO NOTHING RETURNING id, state, attempt, due_at
       ), put AS (
         INSERT INTO outbox (id, step_id, attempt, due_at) SELECT $6, id, attempt, due_at FROM made
       )
       SELECT id, state, attempt, pg_notify($7, '') FROM made`,
      [randomUUIDv7(), step, rowId, dueAt ?? null, priority, randomUUIDv7(), channels.outbox],
    );
    if (created) return { stepId: created.id, attempt: created.attempt, effect: 'scheduled' };
    const now = await this.sql.row<StepNow>(
      `UPDATE step SET priority = least(priority, $3), updated_at = now()
       WHERE step = $1 AND row_id = $2 RETURNING id, state, attempt`,
      [step, rowId, priority],
    );
    const { id, state, attempt } = now as StepNow;
    if (state === 'waiting') return this.#pullNearer(id, attempt, dueAt);
    if (state === 'leased') return this.#runAgain(id, attempt, dueAt);
    if (!restart) return { stepId: id, attempt, effect: 'unchanged' };
    return this.startAnew(id, dueAt);
  }

  async #pullNearer(id: string, attempt: number, dueAt?: Date): Promise<ScheduledStep> {
    await this.sql.rows(`UPDATE step SET due_at = least(due_at, coalesce($2, now())) WHERE id = $1`, [
      id,
      dueAt ?? null,
    ]);
    await this.sql.rows(
      `UPDATE outbox SET due_at = least(due_at, coalesce($3, now()))
       WHERE step_id = $1 AND attempt = $2 AND dispatched_at IS NULL`,
      [id, attempt, dueAt ?? null],
    );
    await this.outbox.notify();
    return { stepId: id, attempt, effect: 'nearer' };
  }

  async #runAgain(id: string, attempt: number, dueAt?: Date): Promise<ScheduledStep> {
    await this.sql.rows(`UPDATE step SET again_at = least(again_at, coalesce($2, now())) WHERE id = $1`, [
      id,
      dueAt ?? null,
    ]);
    return { stepId: id, attempt, effect: 'again' };
  }

  /** Takes up a step that is done or dead; its open dead letters are thereby answered. */
  async startAnew(id: string, dueAt?: Date): Promise<ScheduledStep> {
    const step = await this.sql.row<StepNow>(
      `UPDATE step SET state = 'waiting', attempt = attempt + 1, failures = 0, reason = NULL, again_at = NULL,
         due_at = coalesce($2, now()), updated_at = now()
       WHERE id = $1 RETURNING id, state, attempt`,
      [id, dueAt ?? null],
    );
    const { attempt } = step as StepNow;
    await this.sql.rows(
      `UPDATE dead_letter SET resolved_at = now(), resolved_by = 'ledger', resolution = 'scheduled again'
       WHERE step_id = $1 AND resolved_at IS NULL`,
      [id],
    );
    await this.outbox.put(id, attempt, dueAt);
    return { stepId: id, attempt, effect: 'scheduled' };
  }

  /**
   * Takes the lease of a step before any effect. Undefined when that attempt does not wait any more: it was
   * claimed by another worker, is done, or a newer attempt took its place. Ends the outbox row.
   */
  async claim(request: ClaimRequest): Promise<Claim | undefined> {
    const row = await this.sql.row<Omit<Claim, 'stepId'> & { stepId: string }>(
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
  async renewLease(claim: Claim, leaseSeconds: number): Promise<boolean> {
    const row = await this.sql.row(
      `UPDATE step SET leased_until = now() + make_interval(secs => $3)
       WHERE id = $1 AND fence = $2 AND state = 'leased' RETURNING id`,
      [claim.stepId, claim.fence, leaseSeconds],
    );
    return row !== undefined;
  }

  /** What came of the attempt before a claimed one, in words; undefined where it is not known, or was the first. */
  async lastAttemptSaid({ stepId, attempt }: Pick<Claim, 'stepId' | 'attempt'>): Promise<string | undefined> {
    const row = await this.sql.row<{ message: string | null }>(
      `SELECT message FROM attempt WHERE step_id = $1 AND number < $2 ORDER BY number DESC LIMIT 1`,
      [stepId, attempt],
    );
    return row?.message ?? undefined;
  }

  /**
   * Ends the lease in the caller's transaction, which thereby is rolled back when the lease was lost. A step that was asked
   * for again in the meantime waits: a back-off is kept, all else runs again.
   */
  async #endLease(
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
    const after = await this.sql.row<{ state: 'waiting' | 'done' | 'dead' }>(
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
  async assertClaim(claim: Claim): Promise<void> {
    const held = await this.sql.row(
      `SELECT 1 AS yes FROM step WHERE id = $1 AND fence = $2 AND state = 'leased' FOR UPDATE`,
      [claim.stepId, claim.fence],
    );
    if (!held) throw ledgerError('ledger.lease-lost', `step ${claim.step}, attempt ${claim.attempt}`);
  }

  /** The attempt did its work. Throws `ledger.lease-lost`. */
  async complete(claim: Claim): Promise<void> {
    await this.#endLease(claim, { result: 'done', state: 'done' });
  }

  /**
   * Not a failure: there is nothing to do yet, look again at `dueAt`. Failures before it are forgotten, unless
   * `keepFailures`: where the attempt was put off (a stop, an open circuit) rather than made; `keepReason` lets the
   * cause that was told before stand, where there is one. `code` is that of the fault for which it was put off. Throws
   * `ledger.lease-lost`.
   */
  async defer(
    claim: Claim,
    dueAt: Date,
    reason: string,
    { code, ...options }: { keepFailures?: boolean; keepReason?: boolean; code?: string } = {},
  ): Promise<void> {
    await this.#endLease(claim, {
      result: 'deferred',
      state: 'waiting',
      dueAt,
      failure: { message: reason, ...(code === undefined ? {} : { code }) },
      ...options,
    });
  }

  /** The attempt failed and is tried again at `nextAt`. Throws `ledger.lease-lost`. */
  async retry(claim: Claim, failure: StepFailure, nextAt: Date): Promise<void> {
    await this.#endLease(claim, { result: 'failed', state: 'waiting', dueAt: nextAt, failure });
  }

  /**
   * What cannot succeed becomes a dead letter with a reason that a person can act on. When it was asked for
   * again in the meantime it is tried once more (`again`), the dead letter is kept as answered, and the caller
   * takes its row up again in the same transaction. Throws `ledger.lease-lost`.
   */
  async bury(claim: Claim, failure: StepFailure): Promise<'dead' | 'again'> {
    const state = await this.#endLease(claim, { result: 'dead', state: 'dead', failure });
    await this.sql.rows(
      `INSERT INTO dead_letter (id, step_id, code, reason, at, resolved_at, resolved_by, resolution)
       SELECT $2, id, $3, $4, now(), CASE state WHEN 'dead' THEN NULL ELSE now() END,
         CASE state WHEN 'dead' THEN NULL ELSE 'ledger' END,
         CASE state WHEN 'dead' THEN NULL ELSE 'asked for again meanwhile' END
       FROM step WHERE id = $1`,
      [claim.stepId, randomUUIDv7(), failure.code, failure.message],
    );
    return state === 'dead' ? 'dead' : 'again';
  }
}

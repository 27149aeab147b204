import { randomUUIDv7 } from 'node:crypto';
import type { StepName } from '@prelector/findings';
import { channels } from '../channel-listener.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { StepState } from './step.entity.js';

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

/**
 * Makes a step due, in the transaction of the change that calls for it. There is one step per name and row:
 * one that waits is pulled nearer, never doubled; one that is leased runs again when that lease ends.
 */
export async function scheduleStep(tx: Tx, request: ScheduleRequest): Promise<ScheduledStep> {
  const { step, rowId, dueAt, priority = 5, restart = false } = request;
  const created = await rowOf<StepNow>(
    tx,
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
  const now = await rowOf<StepNow>(
    tx,
    `UPDATE step SET priority = least(priority, $3), updated_at = now()
     WHERE step = $1 AND row_id = $2 RETURNING id, state, attempt`,
    [step, rowId, priority],
  );
  const { id, state, attempt } = now as StepNow;
  if (state === 'waiting') return pullNearer(tx, id, attempt, dueAt);
  if (state === 'leased') return runAgain(tx, id, attempt, dueAt);
  if (!restart) return { stepId: id, attempt, effect: 'unchanged' };
  return startAnew(tx, id, dueAt);
}

async function pullNearer(tx: Tx, id: string, attempt: number, dueAt?: Date): Promise<ScheduledStep> {
  await rowsOf(tx, `UPDATE step SET due_at = least(due_at, coalesce($2, now())) WHERE id = $1`, [
    id,
    dueAt ?? null,
  ]);
  await rowsOf(
    tx,
    `UPDATE outbox SET due_at = least(due_at, coalesce($3, now()))
     WHERE step_id = $1 AND attempt = $2 AND dispatched_at IS NULL`,
    [id, attempt, dueAt ?? null],
  );
  await notifyOutbox(tx);
  return { stepId: id, attempt, effect: 'nearer' };
}

async function runAgain(tx: Tx, id: string, attempt: number, dueAt?: Date): Promise<ScheduledStep> {
  await rowsOf(tx, `UPDATE step SET again_at = least(again_at, coalesce($2, now())) WHERE id = $1`, [
    id,
    dueAt ?? null,
  ]);
  return { stepId: id, attempt, effect: 'again' };
}

/** Takes up a step that is done or dead; its open dead letters are thereby answered. */
export async function startAnew(tx: Tx, id: string, dueAt?: Date): Promise<ScheduledStep> {
  const step = await rowOf<StepNow>(
    tx,
    `UPDATE step SET state = 'waiting', attempt = attempt + 1, failures = 0, reason = NULL, again_at = NULL,
       due_at = coalesce($2, now()), updated_at = now()
     WHERE id = $1 RETURNING id, state, attempt`,
    [id, dueAt ?? null],
  );
  const { attempt } = step as StepNow;
  await rowsOf(
    tx,
    `UPDATE dead_letter SET resolved_at = now(), resolved_by = 'ledger', resolution = 'scheduled again'
     WHERE step_id = $1 AND resolved_at IS NULL`,
    [id],
  );
  await putInOutbox(tx, id, attempt, dueAt);
  return { stepId: id, attempt, effect: 'scheduled' };
}

/** A job for the queue, once this transaction is committed. */
export async function putInOutbox(tx: Tx, stepId: string, attempt: number, dueAt?: Date): Promise<void> {
  await rowsOf(
    tx,
    `WITH put AS (
       INSERT INTO outbox (id, step_id, attempt, due_at) VALUES ($1, $2, $3, coalesce($4, now()))
       ON CONFLICT (step_id, attempt) DO NOTHING
     )
     SELECT pg_notify($5, '')`,
    [randomUUIDv7(), stepId, attempt, dueAt ?? null, channels.outbox],
  );
}

async function notifyOutbox(tx: Tx): Promise<void> {
  await rowsOf(tx, `SELECT pg_notify($1, '')`, [channels.outbox]);
}

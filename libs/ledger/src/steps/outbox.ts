import type { StepName } from '@prelector/findings';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** A step that is due, as it goes into the queue: ids only. */
export interface DueStep {
  readonly outboxId: string;
  readonly stepId: string;
  readonly step: StepName;
  readonly rowId: string;
  readonly attempt: number;
  readonly priority: number;
  /** It was taken up before, and waits or failed since: at the same priority it goes after what is new. */
  readonly isRepeat: boolean;
}

/**
 * Takes due outbox rows for the queue, most urgent first, and of the same priority what is new first. One statement:
 * other dispatchers skip what this one takes. Put them into the queue afterwards, and those that could not be put
 * there {@link putBack}; what a crash leaves between the two, the reconciler takes again ({@link requeueStale}).
 */
export function takeDueOutbox(tx: Tx, limit: number, now?: Date): Promise<DueStep[]> {
  return rowsOf<DueStep>(
    tx,
    `WITH due AS (
       SELECT o.id, o.step_id, s.step, s.row_id, o.attempt, s.priority, s.reason IS NOT NULL AS is_repeat, o.due_at
       FROM outbox o JOIN step s ON s.id = o.step_id
       WHERE o.dispatched_at IS NULL AND o.due_at <= coalesce($2, now())
       ORDER BY s.priority, s.reason IS NOT NULL, o.due_at LIMIT $1
       FOR UPDATE OF o SKIP LOCKED
     ), taken AS (
       UPDATE outbox SET dispatched_at = coalesce($2, now()) FROM due WHERE outbox.id = due.id
     )
     SELECT id AS "outboxId", step_id AS "stepId", step, row_id AS "rowId", attempt, priority,
       is_repeat AS "isRepeat"
     FROM due ORDER BY priority, is_repeat, due_at`,
    [limit, now ?? null],
  );
}

/** These were taken and did not come into the queue: they are due again. */
export async function putBack(tx: Tx, outboxIds: readonly string[]): Promise<void> {
  await rowsOf(tx, `UPDATE outbox SET dispatched_at = NULL WHERE id = ANY($1)`, [outboxIds]);
}

/** When the next outbox row becomes due: how long a dispatcher may sleep. */
export async function nextDueAt(tx: Tx): Promise<Date | undefined> {
  const rows = await rowsOf<{ due: Date | null }>(
    tx,
    `SELECT min(due_at) AS due FROM outbox WHERE dispatched_at IS NULL`,
  );
  return rows[0]?.due ?? undefined;
}

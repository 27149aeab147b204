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
 * Due outbox rows, most urgent first, and of the same priority what is new first, locked until the transaction ends and skipped by other dispatchers.
 * Put them into the queue, then {@link markDispatched}, in the same transaction: after a crash between the
 * two they are taken again, and the claim makes one job of both.
 */
export function takeDueOutbox(tx: Tx, limit: number, now?: Date): Promise<DueStep[]> {
  return rowsOf<DueStep>(
    tx,
    `SELECT o.id AS "outboxId", o.step_id AS "stepId", s.step, s.row_id AS "rowId", o.attempt, s.priority,
       s.reason IS NOT NULL AS "isRepeat"
     FROM outbox o JOIN step s ON s.id = o.step_id
     WHERE o.dispatched_at IS NULL AND o.due_at <= coalesce($2, now())
     ORDER BY s.priority, s.reason IS NOT NULL, o.due_at LIMIT $1
     FOR UPDATE OF o SKIP LOCKED`,
    [limit, now ?? null],
  );
}

/** The jobs of these outbox rows are in the queue. */
export async function markDispatched(tx: Tx, outboxIds: readonly string[], now?: Date): Promise<void> {
  await rowsOf(tx, `UPDATE outbox SET dispatched_at = coalesce($2, now()) WHERE id = ANY($1)`, [
    outboxIds,
    now ?? null,
  ]);
}

/** When the next outbox row becomes due: how long a dispatcher may sleep. */
export async function nextDueAt(tx: Tx): Promise<Date | undefined> {
  const rows = await rowsOf<{ due: Date | null }>(
    tx,
    `SELECT min(due_at) AS due FROM outbox WHERE dispatched_at IS NULL`,
  );
  return rows[0]?.due ?? undefined;
}

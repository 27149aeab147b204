import { randomUUIDv7 } from 'node:crypto';
import type { StepName } from '@prelector/findings';
import { channels } from '../channel-listener.js';
import type { Statements } from '../sql.js';

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

export interface StaleRequest {
  /** Jobs put into the queue before this moment and never claimed are put in again; now: all of them. */
  readonly dispatchedBefore: Date;
  /** By which leases are judged; the database's own time when left out. */
  readonly now?: Date;
  /** Rows of each kind per call, at most. Default 500. */
  readonly limit?: number;
}

export interface Requeued {
  /** Steps whose worker went silent. */
  readonly leasesLost: number;
  /** Jobs that the queue lost, or has not come to yet; the same job id makes one of both. */
  readonly redispatched: number;
}

/** Steps that are due, on their way into the queue. */
export class Outbox {
  constructor(private readonly sql: Statements) {}

  /**
   * Takes due outbox rows for the queue, most urgent first, and of the same priority what is new first. One statement:
   * other dispatchers skip what this one takes. Put them into the queue afterwards, and those that could not be put
   * there {@link Outbox.putBack}; what a crash leaves between the two, the reconciler takes again ({@link Outbox.requeueStale}).
   */
  takeDue(limit: number, now?: Date): Promise<DueStep[]> {
    return this.sql.rows<DueStep>(
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
  async putBack(outboxIds: readonly string[]): Promise<void> {
    await this.sql.rows(`UPDATE outbox SET dispatched_at = NULL WHERE id = ANY($1)`, [outboxIds]);
  }

  /** When the next outbox row becomes due: how long a dispatcher may sleep. */
  async nextDueAt(): Promise<Date | undefined> {
    const rows = await this.sql.rows<{ due: Date | null }>(
      `SELECT min(due_at) AS due FROM outbox WHERE dispatched_at IS NULL`,
    );
    return rows[0]?.due ?? undefined;
  }

  /** What the reconciler does: finds what stands still and makes it due again. Several may run at once. */
  async requeueStale(request: StaleRequest): Promise<Requeued> {
    const limit = request.limit ?? 500;
    const leasesLost = await this.#takeBackLeases(request.now, limit);
    const again = await this.sql.rows(
      `UPDATE outbox SET dispatched_at = NULL WHERE id IN (
         SELECT id FROM outbox WHERE dispatched_at <= $1 ORDER BY dispatched_at LIMIT $2
         FOR UPDATE SKIP LOCKED) RETURNING id`,
      [request.dispatchedBefore, limit],
    );
    if (again.length > 0) await this.sql.rows(`SELECT pg_notify($1, '')`, [channels.outbox]);
    return { leasesLost, redispatched: again.length };
  }

  async #takeBackLeases(now: Date | undefined, limit: number): Promise<number> {
    const lost = await this.sql.rows<{ id: string; attempt: number }>(
      `UPDATE step SET state = 'waiting', holder = NULL, leased_until = NULL, again_at = NULL,
         attempt = attempt + 1, failures = failures + 1, due_at = now(),
         reason = coalesce(reason, 'the worker that held it went silent'), updated_at = now()
       WHERE id IN (SELECT id FROM step WHERE state = 'leased' AND leased_until < coalesce($1, now())
         ORDER BY leased_until LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id, attempt`,
      [now ?? null, limit],
    );
    for (const { id, attempt } of lost) {
      await this.sql.rows(
        `UPDATE attempt SET ended_at = clock_timestamp(), result = 'lease-lost',
           message = 'the worker that held it went silent'
         WHERE step_id = $1 AND number = $2`,
        [id, attempt - 1],
      );
      await this.put(id, attempt);
    }
    return lost.length;
  }

  /** A job for the queue, once this transaction is committed. */
  async put(stepId: string, attempt: number, dueAt?: Date): Promise<void> {
    await this.sql.rows(
      `WITH put AS (
         INSERT INTO outbox (id, step_id, attempt, due_at) VALUES ($1, $2, $3, coalesce($4, now()))
         ON CONFLICT (step_id, attempt) DO NOTHING
       )
       SELECT pg_notify($5, '')`,
      [randomUUIDv7(), stepId, attempt, dueAt ?? null, channels.outbox],
    );
  }

  async notify(): Promise<void> {
    await this.sql.rows(`SELECT pg_notify($1, '')`, [channels.outbox]);
  }
}

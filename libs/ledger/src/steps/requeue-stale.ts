import { channels } from '../channel-listener.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { putInOutbox } from './schedule-step.js';

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

/** What the reconciler does: finds what stands still and makes it due again. Several may run at once. */
export async function requeueStale(tx: Tx, request: StaleRequest): Promise<Requeued> {
  const limit = request.limit ?? 500;
  const leasesLost = await takeBackLeases(tx, request.now, limit);
  const again = await rowsOf(
    tx,
    `UPDATE outbox SET dispatched_at = NULL WHERE id IN (
       SELECT id FROM outbox WHERE dispatched_at <= $1 ORDER BY dispatched_at LIMIT $2
       FOR UPDATE SKIP LOCKED) RETURNING id`,
    [request.dispatchedBefore, limit],
  );
  if (again.length > 0) await rowsOf(tx, `SELECT pg_notify($1, '')`, [channels.outbox]);
  return { leasesLost, redispatched: again.length };
}

async function takeBackLeases(tx: Tx, now: Date | undefined, limit: number): Promise<number> {
  const lost = await rowsOf<{ id: string; attempt: number }>(
    tx,
    `UPDATE step SET state = 'waiting', holder = NULL, leased_until = NULL, again_at = NULL,
       attempt = attempt + 1, failures = failures + 1, due_at = now(),
       reason = coalesce(reason, 'the worker that held it went silent'), updated_at = now()
     WHERE id IN (SELECT id FROM step WHERE state = 'leased' AND leased_until < coalesce($1, now())
       ORDER BY leased_until LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, attempt`,
    [now ?? null, limit],
  );
  for (const { id, attempt } of lost) {
    await rowsOf(
      tx,
      `UPDATE attempt SET ended_at = clock_timestamp(), result = 'lease-lost',
         message = 'the worker that held it went silent'
       WHERE step_id = $1 AND number = $2`,
      [id, attempt - 1],
    );
    await putInOutbox(tx, id, attempt);
  }
  return lost.length;
}

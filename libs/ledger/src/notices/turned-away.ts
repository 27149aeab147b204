import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** Connections that a feed turned away before any message could come, for one reason. */
export interface TurnedAway {
  readonly feed: string;
  readonly reason: string;
  /** Address of the last one; null where it was gone before it could be read. */
  readonly peer: string | null;
  readonly count: number;
  /** Of those that are counted. */
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Connections of one reason since they were last written. */
export interface NewTurnedAway {
  readonly reason: string;
  readonly peer: string | undefined;
  readonly count: number;
}

/** Adds to what was turned away; after a week without any, the count begins anew. */
export async function recordTurnedAway(
  tx: Tx,
  feedId: string,
  turned: readonly NewTurnedAway[],
): Promise<void> {
  await rowsOf(
    tx,
    `INSERT INTO turned_away AS t (feed_id, reason, peer, count)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[])
     ON CONFLICT (feed_id, reason) DO UPDATE SET peer = coalesce(excluded.peer, t.peer), last_at = now(),
       count = excluded.count + CASE WHEN t.last_at > now() - interval '7 days' THEN t.count ELSE 0 END,
       first_at = CASE WHEN t.last_at > now() - interval '7 days' THEN t.first_at ELSE now() END`,
    [
      feedId,
      turned.map(({ reason }) => reason),
      turned.map(({ peer }) => peer ?? null),
      turned.map(({ count }) => count),
    ],
  );
}

/** What feeds turned away in the last week, the latest first. */
export function turnedAway(tx: Tx): Promise<TurnedAway[]> {
  return rowsOf(
    tx,
    `SELECT f.name AS feed, t.reason, t.peer, t.count, t.first_at AS "firstAt", t.last_at AS "lastAt"
     FROM turned_away t JOIN feed f ON f.id = t.feed_id WHERE t.last_at > now() - interval '7 days'
     ORDER BY t.last_at DESC`,
  );
}

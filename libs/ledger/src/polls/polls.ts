import { randomUUIDv7 } from 'node:crypto';
import { ledgerError } from '../errors.js';
import type { Ledger } from '../ledger.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { PollKind } from './poll-window.entity.js';

/** The right to poll a node, until the lease ends. */
export interface PollClaim {
  readonly id: string;
  readonly nodeId: string;
  readonly kind: PollKind;
  readonly fence: string;
  /** StudyDate range of the last poll that ended well, `YYYY-MM-DD`. */
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly lastFinishedAt: Date | null;
  readonly addedAt: Date;
}

/** Makes the poll of a node due at `dueAt` when there is none yet; an existing one keeps its time. */
export async function ensurePoll(tx: Tx, nodeId: string, kind: PollKind, dueAt: Date): Promise<void> {
  await rowsOf(
    tx,
    `INSERT INTO poll_window (id, node_id, kind, due_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (node_id, kind) DO NOTHING`,
    [randomUUIDv7(), nodeId, kind, dueAt],
  );
}

/** Takes a poll that is due and that nobody holds; replicas share the nodes among them. */
export function claimPoll(
  ledger: Ledger,
  request: { holder: string; leaseSeconds: number; nodeIds: readonly string[] },
): Promise<PollClaim | undefined> {
  return rowOf<PollClaim>(
    ledger.pool,
    `UPDATE poll_window SET holder = $1, leased_until = now() + make_interval(secs => $2),
       fence = fence + 1, last_started_at = now()
     WHERE id = (SELECT id FROM poll_window
       WHERE due_at <= now() AND (leased_until IS NULL OR leased_until < now()) AND node_id = ANY($3)
       ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING id, node_id AS "nodeId", kind, fence, window_from::text AS "windowFrom",
       window_to::text AS "windowTo", last_finished_at AS "lastFinishedAt", added_at AS "addedAt"`,
    [request.holder, request.leaseSeconds, request.nodeIds],
  );
}

/** Prolongs the lease of a poll that takes long; false when it was lost. */
export async function renewPoll(ledger: Ledger, claim: PollClaim, leaseSeconds: number): Promise<boolean> {
  const row = await rowOf(
    ledger.pool,
    `UPDATE poll_window SET leased_until = now() + make_interval(secs => $3)
     WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL RETURNING id`,
    [claim.id, claim.fence, leaseSeconds],
  );
  return row !== undefined;
}

/** How the polling of each node stands, for `prelector status`. */
export function pollStates(tx: Tx): Promise<
  {
    nodeId: string;
    kind: PollKind;
    lastFinishedAt: Date | null;
    lastErrorCode: string | null;
    lastError: string | null;
  }[]
> {
  return rowsOf(
    tx,
    `SELECT node_id AS "nodeId", kind, last_finished_at AS "lastFinishedAt", last_error_code AS "lastErrorCode",
       last_error AS "lastError" FROM poll_window ORDER BY node_id, kind`,
  );
}

/** How a poll ended; a failed one keeps the window of the last that ended well, one that left something out has both. */
export interface PollEnd {
  readonly nextDueAt: Date;
  readonly windowFrom?: string | undefined;
  readonly windowTo?: string | undefined;
  readonly studiesSeen?: number | undefined;
  /** What it failed with: code and words. */
  readonly errorCode?: string | undefined;
  readonly error?: string | undefined;
}

/** Ends a poll. Throws `ledger.lease-lost`. */
export async function finishPoll(tx: Tx, claim: PollClaim, end: PollEnd): Promise<void> {
  const row = await rowOf(
    tx,
    `UPDATE poll_window SET holder = NULL, leased_until = NULL, due_at = $3, last_error_code = $4, last_error = $8,
       last_finished_at = CASE WHEN $4::text IS NULL OR $6::date IS NOT NULL THEN now() ELSE last_finished_at END,
       window_from = coalesce($5::date, window_from), window_to = coalesce($6::date, window_to),
       studies_seen = coalesce($7::int, studies_seen)
     WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL RETURNING id`,
    [
      claim.id,
      claim.fence,
      end.nextDueAt,
      end.errorCode ?? null,
      end.windowFrom ?? null,
      end.windowTo ?? null,
      end.studiesSeen ?? null,
      end.error ?? null,
    ],
  );
  if (!row) throw ledgerError('ledger.lease-lost', `poll of a node, ${claim.kind}`);
}

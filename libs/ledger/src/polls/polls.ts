import { randomUUIDv7 } from 'node:crypto';
import { ledgerError } from '../errors.js';
import type { Statements } from '../sql.js';
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

/** Polls of nodes, each leased to one process at a time. */
export class Polls {
  constructor(private readonly sql: Statements) {}

  /** Makes the poll of a node due at `dueAt` when there is none yet; an existing one keeps its time. */
  async ensure(nodeId: string, kind: PollKind, dueAt: Date): Promise<void> {
    await this.sql.rows(
      `INSERT INTO poll_window (id, node_id, kind, due_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (node_id, kind) DO NOTHING`,
      [randomUUIDv7(), nodeId, kind, dueAt],
    );
  }

  /** Takes a poll that is due and that nobody holds; replicas share the nodes among them. */
  claim(request: {
    holder: string;
    leaseSeconds: number;
    nodeIds: readonly string[];
  }): Promise<PollClaim | undefined> {
    return this.sql.row<PollClaim>(
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
  async renew(claim: PollClaim, leaseSeconds: number): Promise<boolean> {
    const row = await this.sql.row(
      `UPDATE poll_window SET leased_until = now() + make_interval(secs => $3)
       WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL RETURNING id`,
      [claim.id, claim.fence, leaseSeconds],
    );
    return row !== undefined;
  }

  /** How the polling of each node stands, for `prelector status`. */
  states(): Promise<
    {
      nodeId: string;
      kind: PollKind;
      lastFinishedAt: Date | null;
      lastErrorCode: string | null;
      lastError: string | null;
    }[]
  > {
    return this.sql
      .rows(`SELECT node_id AS "nodeId", kind, last_finished_at AS "lastFinishedAt", last_error_code AS "lastErrorCode",
         last_error AS "lastError" FROM poll_window ORDER BY node_id, kind`);
  }

  /** Ends a poll. Throws `ledger.lease-lost`. */
  async finish(claim: PollClaim, end: PollEnd): Promise<void> {
    const row = await this.sql.row(
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
}

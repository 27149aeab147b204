import { randomUUIDv7 } from 'node:crypto';
import type { Events } from '../events/events.js';
import type { Statements } from '../sql.js';
import { DeliveryRow } from './evidence.entity.js';

export interface NewDelivery {
  readonly evidenceId: string;
  readonly nodeId: string;
  readonly nodeVersion: number;
  readonly ruleId?: string | undefined;
  readonly ruleVersion?: number | undefined;
}

/** A store that may have taken place. */
export interface Doubt {
  readonly since: Date;
  /** For how many seconds, by the database's clock. */
  readonly seconds: number;
  /**
   * What came of the attempt that made it, in words; null while that is under way, and where the ledger does not know.
   */
  readonly cause: string | null;
  /** The code of that, where it has one. */
  readonly code: string | null;
}

const attemptOfDoubt = (column: 'message' | 'code') => `(SELECT a.${column} FROM attempt a
  JOIN step s ON s.id = a.step_id
  WHERE s.step = 'deliver' AND s.row_id = d.id AND a.started_at <= d.in_doubt_since
  ORDER BY a.number DESC LIMIT 1)`;

const doubtSeconds = `extract(epoch FROM clock_timestamp() - d.in_doubt_since)::float8`;

/** SQL for what came of the attempt in which the store of a `delivery d` began that may have taken place. */
export const causeOfDoubt = attemptOfDoubt('message');

/** Another form of the same evidence, on its way to the same node. */
export interface Sibling {
  readonly id: string;
  readonly state: DeliveryRow['state'];
  /** Null when it is known whether the node has it. */
  readonly doubt: Pick<Doubt, 'seconds' | 'code'> | null;
  readonly kind: string;
  readonly sopClassUid: string;
  readonly template: string;
  readonly transferSyntax: string;
}

/** Pieces of evidence on their way to PACS nodes. */
export class Deliveries {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /** One piece of evidence to one node, made once. The caller schedules its `deliver` step when `created`. */
  async create(
    delivery: NewDelivery,
    who: string,
    why?: string,
  ): Promise<{ delivery: DeliveryRow; created: boolean }> {
    const { row, created } = await this.sql.insertOnce(
      DeliveryRow,
      {
        ...delivery,
        id: randomUUIDv7(),
        ruleId: delivery.ruleId ?? null,
        ruleVersion: delivery.ruleVersion ?? null,
      },
      { evidenceId: delivery.evidenceId, nodeId: delivery.nodeId },
    );
    if (created) {
      await this.events.record({
        who,
        what: 'created',
        subjectKind: 'delivery',
        subjectId: row.id,
        after: { state: row.state, evidence: row.evidenceId, node: row.nodeId },
        why,
      });
    }
    return { delivery: row, created };
  }

  /** The delivery with this id, if there is one. */
  byId(id: string): Promise<DeliveryRow | null> {
    return this.sql.manager.findOneBy(DeliveryRow, { id });
  }

  /** Deliveries of all evidence of a run. */
  async ofRun(runId: string): Promise<DeliveryRow[]> {
    const ids = await this.sql.rows<{ id: string }>(
      `SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.run_id = $1
       ORDER BY d.created_at, d.id`,
      [runId],
    );
    return ids.length === 0
      ? []
      : this.sql.manager
          .createQueryBuilder(DeliveryRow, 'd')
          .whereInIds(ids)
          .orderBy('d.createdAt', 'ASC')
          .addOrderBy('d.id', 'ASC')
          .getMany();
  }

  /** The delivery of that id, locked until the transaction ends; throws `ledger.not-found`. */
  lock(id: string): Promise<DeliveryRow> {
    return this.sql.lockRow(DeliveryRow, id);
  }

  /** Locks the study that a delivery belongs to: before the delivery itself, in every transaction that decides on it. */
  async lockStudyOf(id: string): Promise<void> {
    await this.sql.rows(
      `SELECT s.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id JOIN study s ON s.id = e.study_id
       WHERE d.id = $1 FOR NO KEY UPDATE OF s`,
      [id],
    );
  }

  /** Says anew why a delivery stands where it stands. */
  async explain(id: string, why: string): Promise<void> {
    await this.sql.update(DeliveryRow, { id }, { stateReason: why, updatedAt: this.sql.now() });
  }

  /** Notes that a store begins, of which nobody knows whether it takes place until an answer or a look says so. */
  async beginDoubt(id: string): Promise<void> {
    await this.sql.rows(`UPDATE delivery SET in_doubt_since = clock_timestamp() WHERE id = $1`, [id]);
  }

  /** The store that began last certainly had no effect: it is open whether an earlier one had, or none. */
  async resumeDoubt(id: string, since: Date | null): Promise<void> {
    await this.sql.update(DeliveryRow, { id }, { inDoubtSince: since });
  }

  /** It is known that the node does not have it. */
  endDoubt(id: string): Promise<void> {
    return this.resumeDoubt(id, null);
  }

  /** Why nobody knows whether the node has it; undefined when it is known. */
  async doubtOf(id: string): Promise<Doubt | undefined> {
    const [row] = await this.sql.rows<Doubt>(
      `SELECT in_doubt_since AS since, ${causeOfDoubt} AS cause, ${attemptOfDoubt('code')} AS code,
         ${doubtSeconds} AS seconds
       FROM delivery d WHERE id = $1 AND in_doubt_since IS NOT NULL`,
      [id],
    );
    return row;
  }

  /**
   * How many attempts of a delivery ended with a code before its last store began, and since. Those that led to a dead
   * letter count no more once that is answered.
   */
  async attemptsEndedWith(id: string, code: string): Promise<{ beforeStore: number; sinceStore: number }> {
    const row = await this.sql.row<{ beforeStore: number; sinceStore: number }>(
      `SELECT count(*) FILTER (WHERE a.started_at <= d.in_doubt_since)::int AS "beforeStore",
         count(*) FILTER (WHERE d.in_doubt_since IS NULL OR a.started_at > d.in_doubt_since)::int AS "sinceStore"
       FROM delivery d JOIN step s ON s.step = 'deliver' AND s.row_id = d.id
         JOIN attempt a ON a.step_id = s.id AND a.code = $2 AND a.started_at > coalesce(
           (SELECT max(l.resolved_at) FROM dead_letter l WHERE l.step_id = s.id), '-infinity')
       WHERE d.id = $1`,
      [id, code],
    );
    return row ?? { beforeStore: 0, sinceStore: 0 };
  }

  /** Deliveries of the other forms of the same evidence to the same node. */
  async siblingsOf(id: string): Promise<Sibling[]> {
    return this.sql.rows(
      `SELECT d.id, d.state, CASE WHEN d.in_doubt_since IS NOT NULL THEN
           json_build_object('seconds', ${doubtSeconds}, 'code', ${attemptOfDoubt('code')}) END AS doubt,
         other.kind, other.sop_class_uid AS "sopClassUid", other.template,
         other.transfer_syntax AS "transferSyntax" FROM delivery own
       JOIN evidence e ON e.id = own.evidence_id
       JOIN evidence other ON other.run_id = e.run_id AND other.presentation = e.presentation
         AND other.identity_id = e.identity_id AND other.kind <> e.kind
       JOIN delivery d ON d.evidence_id = other.id AND d.node_id = own.node_id
       WHERE own.id = $1`,
      [id],
    );
  }
}

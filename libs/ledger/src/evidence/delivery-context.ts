import { nowOf } from '../database-clock.js';
import { lockRow, rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { DeliveryRow } from './evidence.entity.js';

/** The delivery of that id, locked until the transaction ends; throws `ledger.not-found`. */
export function lockDelivery(tx: Tx, id: string): Promise<DeliveryRow> {
  return lockRow(tx, DeliveryRow, id);
}

/** Locks the study that a delivery belongs to: before the delivery itself, in every transaction that decides on it. */
export async function lockStudyOfDelivery(tx: Tx, id: string): Promise<void> {
  await rowsOf(
    tx,
    `SELECT s.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id JOIN study s ON s.id = e.study_id
     WHERE d.id = $1 FOR NO KEY UPDATE OF s`,
    [id],
  );
}

/** Says anew why a delivery stands where it stands. */
export async function explainDelivery(tx: Tx, id: string, why: string): Promise<void> {
  await tx.update(DeliveryRow, { id }, { stateReason: why, updatedAt: nowOf(tx) });
}

/** Notes that a store begins, of which nobody knows whether it takes place until an answer or a look says so. */
export async function beginDoubt(tx: Tx, id: string): Promise<void> {
  await rowsOf(tx, `UPDATE delivery SET in_doubt_since = clock_timestamp() WHERE id = $1`, [id]);
}

/** The store that began last certainly had no effect: it is open whether an earlier one had, or none. */
export async function resumeDoubt(tx: Tx, id: string, since: Date | null): Promise<void> {
  await tx.update(DeliveryRow, { id }, { inDoubtSince: since });
}

/** It is known that the node does not have it. */
export function endDoubt(tx: Tx, id: string): Promise<void> {
  return resumeDoubt(tx, id, null);
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

/** Why nobody knows whether the node has it; undefined when it is known. */
export async function doubtOf(tx: Tx, id: string): Promise<Doubt | undefined> {
  const [row] = await rowsOf<Doubt>(
    tx,
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
export async function attemptsEndedWith(
  tx: Tx,
  id: string,
  code: string,
): Promise<{ beforeStore: number; sinceStore: number }> {
  const row = await rowOf<{ beforeStore: number; sinceStore: number }>(
    tx,
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

/** Deliveries of the other forms of the same evidence to the same node. */
export async function siblingsOfDelivery(tx: Tx, id: string): Promise<Sibling[]> {
  return rowsOf(
    tx,
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

/** Every rule that asked for a run: two with the same model and settings share one. */
export async function ruleIdsOfRun(tx: Tx, runId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT rule_id AS id FROM run WHERE id = $1 AND rule_id IS NOT NULL
     UNION SELECT rule_id FROM verdict WHERE run_id = $1 AND decision = 'run' AND rule_id IS NOT NULL`,
    [runId],
  );
  return rows.map((row) => row.id);
}

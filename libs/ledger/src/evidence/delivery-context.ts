import { lockRow, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { DeliveryRow } from './evidence.entity.js';

/** The delivery of that id, locked until the transaction ends; throws `ledger.not-found`. */
export function lockDelivery(tx: Tx, id: string): Promise<DeliveryRow> {
  return lockRow(tx, DeliveryRow, id);
}

/** Deliveries of the other forms of the same evidence to the same node. */
export async function siblingsOfDelivery(
  tx: Tx,
  id: string,
): Promise<{ id: string; state: DeliveryRow['state'] }[]> {
  return rowsOf(
    tx,
    `SELECT d.id, d.state FROM delivery own
     JOIN evidence e ON e.id = own.evidence_id
     JOIN evidence other ON other.run_id = e.run_id AND other.presentation = e.presentation
       AND other.identity_id = e.identity_id AND other.id <> e.id
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

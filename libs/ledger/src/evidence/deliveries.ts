import { randomUUIDv7 } from 'node:crypto';
import { recordEvent } from '../events/record-event.js';
import { insertOnce, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { DeliveryRow } from './evidence.entity.js';

export interface NewDelivery {
  readonly evidenceId: string;
  readonly nodeId: string;
  readonly nodeVersion: number;
  readonly ruleId?: string | undefined;
  readonly ruleVersion?: number | undefined;
}

/** One piece of evidence to one node, made once. The caller schedules its `deliver` step when `created`. */
export async function createDelivery(
  tx: Tx,
  delivery: NewDelivery,
  who: string,
  why?: string,
): Promise<{ delivery: DeliveryRow; created: boolean }> {
  const { row, created } = await insertOnce(
    tx,
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
    await recordEvent(tx, {
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
export function deliveryById(tx: Tx, id: string): Promise<DeliveryRow | null> {
  return tx.findOneBy(DeliveryRow, { id });
}

/** Deliveries of all evidence of a run. */
export async function deliveriesOfRun(tx: Tx, runId: string): Promise<DeliveryRow[]> {
  const ids = await rowsOf<{ id: string }>(
    tx,
    `SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.run_id = $1
     ORDER BY d.created_at, d.id`,
    [runId],
  );
  return ids.length === 0
    ? []
    : tx
        .createQueryBuilder(DeliveryRow, 'd')
        .whereInIds(ids)
        .orderBy('d.createdAt', 'ASC')
        .addOrderBy('d.id', 'ASC')
        .getMany();
}

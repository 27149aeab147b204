import { rowOf, rowsOf } from '../sql.js';
import type { Move } from './move-row.js';
import { moveDelivery } from './moves.js';
import type { Tx } from '../tx.js';

/** True when some server may have this evidence: an attempt was made. */
export async function wasAttempted(tx: Tx, evidenceId: string): Promise<boolean> {
  const row = await rowOf(
    tx,
    `SELECT 1 AS yes FROM delivery d
     WHERE d.evidence_id = $1 AND (d.stored_at IS NOT NULL OR d.state IN ('attempted', 'stored')
       OR EXISTS (SELECT 1 FROM event e WHERE e.subject_kind = 'delivery' AND e.subject_id = d.id
                  AND e.after ->> 'state' = 'attempted'))
     LIMIT 1`,
    [evidenceId],
  );
  return row !== undefined;
}

/** Deliveries of evidence that nothing was sent of give way to newer evidence. */
export async function supersedeUnsent(tx: Tx, evidenceId: string, move: Move): Promise<void> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT id FROM delivery WHERE evidence_id = $1 AND state IN ('pending', 'not-sent', 'held', 'dead')`,
    [evidenceId],
  );
  for (const row of rows) await moveDelivery(tx, row.id, 'superseded', move);
}

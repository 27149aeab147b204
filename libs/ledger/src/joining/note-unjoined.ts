import { rowOf } from '../sql.js';
import { recordEvent } from '../events/record-event.js';
import type { Tx } from '../tx.js';

/** An order and a study that bear one number, and why that is no tie between them. */
export interface Unjoined {
  readonly orderId: string;
  readonly studyId: string;
  readonly who: string;
  readonly why: string;
}

/** Says once, on order and study, that they bear one number and are not joined: a signed report is passed over so. */
export async function noteUnjoined(tx: Tx, { orderId, studyId, who, why }: Unjoined): Promise<void> {
  const what = 'not joined';
  const said = await rowOf(
    tx,
    `SELECT 1 FROM event WHERE subject_id = $1 AND what = ANY($2) AND why = $3
       AND coalesce(after, before) ->> 'order' = $4 LIMIT 1`,
    [studyId, [what, 'no longer joined'], why, orderId],
  );
  if (said) return;
  const after = { order: orderId, study: studyId };
  await recordEvent(tx, { who, what, subjectKind: 'order', subjectId: orderId, after, why });
  await recordEvent(tx, { who, what, subjectKind: 'study', subjectId: studyId, after, why });
}

import type { Tie } from '@prelector/findings';
import { joiningWords, noStrongerThan } from '@prelector/findings';
import { namespacesMeet, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { oneNumber, provisionalKeys } from './order-keys.js';

/** An order and a study that were joined by a number that one of them no longer bears. */
export interface Untied {
  readonly orderId: string;
  readonly studyId: string;
  /** By what they were joined, in words. */
  readonly how: string;
  /** The provisional tie that is left: issuers that contradict each other, or a number that was corrected. */
  readonly left: Tie | null;
}

/**
 * Whatever of an order, or of a study, was joined by a number and meets by none any more. What a
 * person joined is not among it, nor what lost its numbers to retention.
 */
export function untiedOf(tx: Tx, of: 'order' | 'study', id: string): Promise<Untied[]> {
  return rowsOf<Untied>(
    tx,
    `SELECT j.order_id AS "orderId", j.study_id AS "studyId", j.how,
       (SELECT min(CASE o.kind WHEN 'accession' THEN 'other-issuer' ELSE o.kind END)
         FROM order_key o JOIN study_key s ON s.number = o.number
           AND (o.kind = 'accession' OR (o.kind IN ${provisionalKeys} AND ${namespacesMeet('s.namespace', 'o.namespace')}))
         WHERE o.order_id = j.order_id AND s.study_id = j.study_id) AS left
     FROM order_study j WHERE j.${of}_id = $1 AND j.how = ANY($2)
       AND EXISTS (SELECT 1 FROM order_key WHERE order_id = j.order_id AND kind <> 'study')
       AND EXISTS (SELECT 1 FROM study_key WHERE study_id = j.study_id)
       AND NOT EXISTS (SELECT 1 FROM order_key o JOIN study_key s ON ${oneNumber} AND o.kind NOT IN ${provisionalKeys}
         WHERE o.order_id = j.order_id AND s.study_id = j.study_id)`,
    [id, Object.values(joiningWords)],
  );
}

/** Keeps of a joined order and study that only a provisional tie is left between them. */
export async function tieProvisionally(
  tx: Tx,
  { orderId, studyId }: Pick<Untied, 'orderId' | 'studyId'>,
  left: Tie,
): Promise<void> {
  const how = joiningWords[left];
  await rowsOf(tx, `UPDATE order_study SET how = $3 WHERE order_id = $1 AND study_id = $2`, [
    orderId,
    studyId,
    how,
  ]);
}

/**
 * True when the study has no other order by a stronger tie than this one, nor the order another study, which gives a
 * number no way that was reported under. Of an order that no message placed nobody can tell that it is another one than
 * one whose number was corrected.
 */
export async function areAlone(
  tx: Tx,
  { orderId, studyId }: Pick<Untied, 'orderId' | 'studyId'>,
  by: Tie,
): Promise<boolean> {
  const others = await rowsOf(
    tx,
    `SELECT 1 FROM order_study os JOIN study_order o ON o.id = os.order_id
     WHERE (os.order_id = $1) <> (os.study_id = $2) AND NOT os.is_foreign AND os.how <> ALL($3)
       AND (os.study_id = $2 OR $4) AND (os.order_id = $1 OR $5 OR o.placed_at IS NOT NULL) LIMIT 1`,
    [
      orderId,
      studyId,
      noStrongerThan(by).map((each) => joiningWords[each]),
      by !== 'reported-accession',
      by === 'other-issuer',
    ],
  );
  return others.length === 0;
}

import { joiningWords, provisionalTies } from '@prelector/findings';
import { recordEvent } from '../events/record-event.js';
import type { OrderRow } from '../orders/order.entity.js';
import { cancelledOrders, namedByPerson } from '../orders/orders.js';
import { lockRow, rowOf, rowsOf } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Tx } from '../tx.js';
import { countAnew } from './study-reading.js';

/** An order that bears a number of a study. */
export interface OrderLink {
  readonly orderId: string;
  readonly studyId: string;
  readonly how: string;
  /** It names another patient: what it says does not count for the study. */
  readonly isForeign?: boolean | undefined;
  /** With that: it named the patient of the study as well, or a person joined both. */
  readonly wasOwn?: boolean | undefined;
  readonly who: string;
}

const provisionalWords = provisionalTies.map((each) => joiningWords[each]);

/**
 * Joins an order with a study, which the caller holds locked; true when what the order says counts for the study from
 * now on and did not before. An order that turns out to name another patient stops counting: what it said of the study
 * is taken back, but for its cancellation where it was the study's own.
 */
export async function linkOrderToStudy(tx: Tx, link: OrderLink): Promise<boolean> {
  const { orderId, studyId, how, isForeign = false, wasOwn = false, who } = link;
  const row = await rowOf<{ isNew: boolean; wasForeign: boolean | null }>(
    tx,
    `WITH before AS (SELECT is_foreign FROM order_study WHERE order_id = $1 AND study_id = $2)
     INSERT INTO order_study AS j (order_id, study_id, how, is_foreign, was_own) VALUES ($1, $2, $3, $4, $7)
     ON CONFLICT (order_id, study_id) DO UPDATE SET is_foreign = excluded.is_foreign, was_own = excluded.was_own,
         how = CASE WHEN excluded.how = $5 OR j.how = ANY($6) THEN excluded.how ELSE j.how END
       WHERE j.is_foreign <> excluded.is_foreign OR j.was_own <> excluded.was_own OR (excluded.how = $5 OR j.how = ANY($6)) AND j.how <> excluded.how
     RETURNING xmax = 0 AS "isNew", (SELECT is_foreign FROM before) AS "wasForeign"`,
    [orderId, studyId, how, isForeign, namedByPerson, provisionalWords, wasOwn],
  );
  if (!row) return false;
  const { isNew, wasForeign } = row;
  if (!isNew && isForeign && !wasForeign) {
    const why = 'an order of the study turned out to name another patient';
    await countAnew(tx, await lockRow(tx, StudyRow, studyId), { who, why, order: orderId });
  }
  await takeUpCancelled(tx, studyId);
  if (isNew) {
    const after = { order: orderId, how };
    await recordEvent(tx, {
      who,
      what: 'joined with an order',
      subjectKind: 'study',
      subjectId: studyId,
      after,
    });
  }
  return !isForeign && (isNew || wasForeign === true);
}

/**
 * Looks again at what was kept back because all orders of a study were cancelled, where they are no more. To be called
 * under the study's lock wherever an order of it changed: the numbers of one say what the cancellation of another is of.
 */
export async function takeUpCancelled(tx: Tx, studyId: string): Promise<void> {
  const { some, all } = await cancelledOrders(tx, studyId);
  if (some && !all) await takeUpKeptBack(tx, studyId);
}

/** Takes an order and a study apart, both of which the caller holds locked: nothing that the order said counts any more. */
export async function unlinkOrder(
  tx: Tx,
  { id, state }: OrderRow,
  study: StudyRow,
  move: { readonly who: string; readonly why: string },
): Promise<StudyRow> {
  await rowsOf(tx, `DELETE FROM order_study WHERE order_id = $1 AND study_id = $2`, [id, study.id]);
  const left = await countAnew(tx, study, { ...move, order: id });
  const { some, all } = await cancelledOrders(tx, study.id);
  if ((some || state === 'cancelled') && !all) await takeUpKeptBack(tx, study.id);
  return left;
}

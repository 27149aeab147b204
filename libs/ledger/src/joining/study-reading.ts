import type { ReadingState } from '@prelector/findings';
import { judgeJoining } from '@prelector/findings';
import { isCancelled, orderById, studiesBesideOrder } from '../orders/orders.js';
import { lockRow, rowsOf } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import { StudyRow } from '../studies/study.entity.js';
import type { NewStudy } from '../studies/studies.js';
import { findOrCreateStudy } from '../studies/studies.js';
import { raisePriority, setPriority, usualPriority } from '../studies/raise-priority.js';
import type { Move } from '../transitions/move-row.js';
import { moveReading } from '../transitions/moves.js';
import type { Tx } from '../tx.js';

/**
 * An order stopped counting for a study, or its report was withdrawn: the study is as far as the furthest of the orders
 * that count, and as urgent as the most urgent of them; what was kept back because of a report is looked at again. To be
 * called wherever what counts becomes less.
 */
export async function countAnew(
  tx: Tx,
  study: StudyRow,
  move: Pick<Move, 'who' | 'why' | 'order'>,
): Promise<StudyRow> {
  const orders = await rowsOf<{ id: string; priority: number }>(
    tx,
    `SELECT o.id, o.priority FROM order_study os JOIN study_order o ON o.id = os.order_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND ($2 OR NOT o.test_only)`,
    [study.id, study.testOnly],
  );
  const ids = orders.map(({ id }) => id);
  const reading = await readingSaid(tx, ids, study);
  const read =
    reading === study.readingState ? study : await moveReading(tx, study.id, reading, move, { back: true });
  return setPriority(tx, read, Math.min(usualPriority, ...orders.map(({ priority }) => priority)));
}

const furthestFirst: readonly ReadingState[] = ['final', 'preliminary', 'unread', 'unknown'];

/**
 * How far these orders say that a study is. What was reported of one under its accession number before that was corrected
 * is of the patient's images under that number; as long as none of them are known, of those under the new one.
 */
export async function readingSaid(
  tx: Tx,
  orderIds: readonly string[],
  study: Pick<StudyRow, 'studyDate' | 'firstHeardAt'>,
): Promise<ReadingState> {
  const said = await rowsOf<{ state: ReadingState; former: ReadingState | null; formerAt: Date | null }>(
    tx,
    `SELECT o.reading_state AS state, f.reading_state AS former, f.reading_at AS "formerAt"
     FROM study_order o LEFT JOIN study_order f ON f.id = o.former_order
       AND NOT EXISTS (SELECT 1 FROM order_study WHERE order_id = f.id AND NOT is_foreign)
     WHERE o.id = ANY($1)`,
    [orderIds],
  );
  const states = said.flatMap(({ state, former, formerAt }) =>
    former && formerAt && isOf(study, former, formerAt) ? [state, former] : [state],
  );
  return furthestFirst.find((state) => states.includes(state)) ?? 'unknown';
}

/** No report speaks of a study that was made after it. */
function isOf(
  { studyDate, firstHeardAt }: Pick<StudyRow, 'studyDate' | 'firstHeardAt'>,
  state: ReadingState,
  heardAt: Date,
): boolean {
  const over = state === 'final' ? 'signed' : undefined;
  const study = { identity: {}, date: studyDate ?? undefined, heardAt: firstHeardAt };
  return judgeJoining({ by: 'accession', order: { identity: {}, heardAt, over }, study }).kind === 'joined';
}

/**
 * Has the studies judged anew for which the word of this order counts as long as it has none itself, once it has come to
 * have one or lost it, or takes back what it said.
 */
export async function countBesideAnew(
  tx: Tx,
  orderId: string,
  move: { readonly who: string; readonly why: string },
): Promise<void> {
  for (const { studyId } of await studiesBesideOrder(tx, orderId)) {
    await countAnew(tx, await lockRow(tx, StudyRow, studyId), move);
    const isOver = (await orderById(tx, orderId))?.state === 'cancelled';
    if (isOver && !(await isCancelled(tx, studyId))) await takeUpKeptBack(tx, studyId);
  }
}

/**
 * The study of that UID, as `findOrCreateStudy` gives it, announced by something other than a test: how far test
 * messages said that it was read, and how urgent it is, counts no more, nor that they cancelled it.
 */
export async function studyInEarnest(
  tx: Tx,
  announced: NewStudy,
): Promise<{ study: StudyRow; created: boolean; wasTest: boolean }> {
  const { study, created, wasTest } = await findOrCreateStudy(tx, announced);
  if (!wasTest) return { study, created, wasTest };
  const why = 'announced in earnest: what test messages said of it counts no more';
  await takeUpKeptBack(tx, study.id);
  const counted = await countAnew(tx, study, { who: announced.who, why });
  return { study: await raisePriority(tx, counted, announced.priority ?? usualPriority), created, wasTest };
}

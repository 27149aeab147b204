import type { ReadingState } from '@prelector/findings';
import { rowsOf } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import type { StudyRow } from '../studies/study.entity.js';
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
  const orders = await rowsOf<{ reading: ReadingState; priority: number }>(
    tx,
    `SELECT o.reading_state AS reading, o.priority FROM order_study os JOIN study_order o ON o.id = os.order_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND ($2 OR NOT o.test_only)`,
    [study.id, study.testOnly],
  );
  const reading = furthestFirst.find((state) => orders.some((each) => each.reading === state)) ?? 'unknown';
  const read =
    reading === study.readingState ? study : await moveReading(tx, study.id, reading, move, { back: true });
  return setPriority(tx, read, Math.min(usualPriority, ...orders.map(({ priority }) => priority)));
}

const furthestFirst: readonly ReadingState[] = ['final', 'preliminary', 'unread', 'unknown'];

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

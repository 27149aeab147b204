import type { ReadingState } from '@prelector/findings';
import { rowOf } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import type { StudyRow } from '../studies/study.entity.js';
import type { NewStudy } from '../studies/studies.js';
import { findOrCreateStudy } from '../studies/studies.js';
import { moveReading } from '../transitions/moves.js';
import type { Tx } from '../tx.js';

/**
 * A report was withdrawn, or turned out to speak of another study: the study is as far as the furthest of the
 * orders that are left, and what was kept back because of the report is looked at again.
 */
export async function readAnew(
  tx: Tx,
  study: StudyRow,
  move: { readonly who: string; readonly why: string },
): Promise<StudyRow> {
  const row = await rowOf<{ state: ReadingState }>(
    tx,
    `SELECT o.reading_state AS state FROM order_study os JOIN study_order o ON o.id = os.order_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND ($2 OR NOT o.test_only)
     ORDER BY array_position(ARRAY['final', 'preliminary', 'unread', 'unknown'], o.reading_state) LIMIT 1`,
    [study.id, study.testOnly],
  );
  const state = row?.state ?? 'unknown';
  if (state === study.readingState) return study;
  return moveReading(tx, study.id, state, move, { back: true });
}

/**
 * The study of that UID, as `findOrCreateStudy` gives it, announced by something other than a test: how far test
 * messages said that it was read counts no more, nor that they cancelled it.
 */
export async function studyInEarnest(
  tx: Tx,
  announced: NewStudy,
): Promise<{ study: StudyRow; created: boolean }> {
  const { study, created, wasTest } = await findOrCreateStudy(tx, announced);
  if (!wasTest) return { study, created };
  const why = 'announced in earnest: what test messages said of it counts no more';
  await takeUpKeptBack(tx, study.id);
  return { study: await readAnew(tx, study, { who: announced.who, why }), created };
}

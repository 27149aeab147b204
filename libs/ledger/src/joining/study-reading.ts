import type { ReadingState } from '@prelector/findings';
import { judgeJoining } from '@prelector/findings';
import { lockRow, rowsOf } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import { StudyRow } from '../studies/study.entity.js';
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
  const orders = await rowsOf<{ id: string }>(
    tx,
    `SELECT o.id FROM order_study os JOIN study_order o ON o.id = os.order_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND ($2 OR NOT o.test_only)`,
    [study.id, study.testOnly],
  );
  const state = await readingSaid(
    tx,
    orders.map(({ id }) => id),
    study,
  );
  if (state === study.readingState) return study;
  return moveReading(tx, study.id, state, move, { back: true });
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

/** Has the studies of the orders that were corrected judged anew, once this one has come to have a study or lost it. */
export async function readCorrectedAnew(
  tx: Tx,
  formerOrder: string,
  move: { readonly who: string; readonly why: string },
): Promise<void> {
  const studies = await rowsOf<{ id: string }>(
    tx,
    `SELECT DISTINCT os.study_id AS id FROM study_order o JOIN order_study os ON os.order_id = o.id
     WHERE o.former_order = $1 AND NOT os.is_foreign ORDER BY id`,
    [formerOrder],
  );
  for (const { id } of studies) await readAnew(tx, await lockRow(tx, StudyRow, id), move);
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

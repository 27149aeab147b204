import type { Completeness, Expectation } from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { ledgerError } from '../errors.js';
import { standingRuns } from '../runs/standing-runs.js';
import { lockRow, rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { takeUpKeptBack } from './kept-back.js';
import { StudyCopyRow, StudyRow } from './study.entity.js';

/** The study of that id; throws `ledger.not-found`. */
export async function studyById(tx: Tx, id: string): Promise<StudyRow> {
  const row = await tx.findOneBy(StudyRow, { id });
  if (!row) throw ledgerError('ledger.not-found', 'study');
  return row;
}

/** The study of that id, locked until the transaction ends: what two steps must not do to it at once. */
export function lockStudy(tx: Tx, id: string): Promise<StudyRow> {
  return lockRow(tx, StudyRow, id);
}

/** The copy of that id; throws `ledger.not-found`. */
export async function copyById(tx: Tx, id: string): Promise<StudyCopyRow> {
  const row = await tx.findOneBy(StudyCopyRow, { id });
  if (!row) throw ledgerError('ledger.not-found', 'copy of a study');
  return row;
}

/** Says as of when a copy is complete; null takes that back. */
export async function completeCopy(tx: Tx, copyId: string, asOf: Date | null, forced = false): Promise<void> {
  await tx.update(StudyCopyRow, { id: copyId }, { completedAt: asOf, forced });
}

/** Keeps the last judgement of a study that still waits. */
export async function setCompleteness(tx: Tx, studyId: string, completeness: Completeness): Promise<void> {
  await tx.update(StudyRow, { id: studyId }, { completeness, updatedAt: nowOf(tx) });
}

/** The orders that speak of a study: none of another patient, and no test of one that is announced in earnest. */
const speaking = `FROM study_order o JOIN order_study os ON os.order_id = o.id JOIN study s ON s.id = os.study_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND (s.test_only OR NOT o.test_only)`;

/** What the orders of a study say to expect of it, taken together. */
export async function expectationOf(tx: Tx, studyId: string): Promise<Expectation> {
  const row = await rowOf<{ instances: number | null; ended: boolean | null }>(
    tx,
    `SELECT max(o.expected_instances) AS instances, bool_or(o.acquisition_ended) AS ended
     ${speaking}`,
    [studyId],
  );
  return { instances: row?.instances ?? undefined, acquisitionEnded: row?.ended ?? false };
}

/** Procedure codes that the orders of a study name. */
export async function procedureCodesOf(tx: Tx, studyId: string): Promise<string[]> {
  const rows = await rowsOf<{ code: string }>(
    tx,
    `SELECT DISTINCT o.procedure_code ->> 'value' AS code
     ${speaking} AND o.procedure_code IS NOT NULL`,
    [studyId],
  );
  return rows.map((row) => row.code);
}

/** Takes the archive's present identity as right, as a person decided; see `moveStudy` for the state. */
export async function setReleasedIdentity(tx: Tx, studyId: string, identityId: string): Promise<void> {
  const now = nowOf(tx);
  await tx.update(
    StudyRow,
    { id: studyId },
    { releasedIdentityId: identityId, releasedAt: now, updatedAt: now },
  );
}

/** A person wants findings and no sending: only for a study that nothing else has announced. Null takes that back. */
export async function withholdStudy(tx: Tx, studyId: string, who: string | null): Promise<void> {
  await tx.update(StudyRow, { id: studyId }, { withheldBy: who, updatedAt: nowOf(tx) });
}

/** Has the next selection make new runs, also on instances that were analysed before. */
export async function raiseRevision(tx: Tx, studyId: string): Promise<void> {
  await tx.increment(StudyRow, { id: studyId }, 'revision', 1);
}

/** Of the runs that are done, the one of each model package and settings that a reader should see (`standingRuns`). */
export async function standingRunsOf(tx: Tx, studyId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(tx, standingRuns('$1'), [studyId]);
  return rows.map((row) => row.id);
}

/** Another notice asks for the study: what was withheld is looked at again, without running again. */
export async function stopWithholding(tx: Tx, study: StudyRow): Promise<void> {
  if (study.withheldBy === null) return;
  await tx.update(StudyRow, { id: study.id }, { withheldBy: null, updatedAt: nowOf(tx) });
  await takeUpKeptBack(tx, study.id);
}

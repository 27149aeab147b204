import type { StepName } from '@prelector/findings';
import { ledgerError } from '../errors.js';
import { recordEvent } from '../events/record-event.js';
import { lockDelivery, lockStudyOfDelivery } from '../evidence/delivery-context.js';
import { lockRun } from '../runs/runs.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { startAnew } from './schedule-step.js';

/** A dead letter with the step it belongs to. */
export interface DeadLetter {
  readonly id: string;
  readonly stepId: string;
  readonly step: StepName;
  readonly rowId: string;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}

/** Open dead letters, newest first. */
export function openDeadLetters(tx: Tx, limit = 100, code?: string): Promise<DeadLetter[]> {
  return rowsOf<DeadLetter>(
    tx,
    `SELECT d.id, d.step_id AS "stepId", s.step, s.row_id AS "rowId", d.code, d.reason, d.at
     FROM dead_letter d JOIN step s ON s.id = d.step_id
     WHERE d.resolved_at IS NULL AND ($2::text IS NULL OR d.code = $2) ORDER BY d.at DESC LIMIT $1`,
    [limit, code ?? null],
  );
}

/** Whether nobody has answered a dead letter yet. */
export async function isOpenDeadLetter(tx: Tx, id: string): Promise<boolean> {
  const row = await rowOf(tx, `SELECT 1 FROM dead_letter WHERE id = $1 AND resolved_at IS NULL`, [id]);
  return row !== undefined;
}

/** Locks what a step that was given up is of, before its letter and the step: study and delivery, or the run. */
export async function lockRowsOfDeadLetter(tx: Tx, id: string): Promise<void> {
  const step = await rowOf<{ step: StepName; rowId: string }>(
    tx,
    `SELECT step.step, step.row_id AS "rowId" FROM dead_letter l JOIN step ON step.id = l.step_id WHERE l.id = $1`,
    [id],
  );
  if (step?.step === 'run') await lockRun(tx, step.rowId);
  if (step?.step !== 'deliver') return;
  await lockStudyOfDelivery(tx, step.rowId);
  await lockDelivery(tx, step.rowId);
}

/**
 * Starts a dead step again. The caller moves the row it belongs to back to `pending` in the same
 * transaction. Throws `ledger.not-found` when the letter is not open.
 */
export async function reviveDeadLetter(tx: Tx, id: string, who: string, why: string): Promise<DeadLetter> {
  const letter = await rowOf<DeadLetter>(
    tx,
    `UPDATE dead_letter d SET resolved_at = now(), resolved_by = $2, resolution = $3 FROM step s
     WHERE d.id = $1 AND d.resolved_at IS NULL AND s.id = d.step_id
     RETURNING d.id, d.step_id AS "stepId", s.step, s.row_id AS "rowId", d.code, d.reason, d.at`,
    [id, who, why],
  );
  if (!letter) throw ledgerError('ledger.not-found', 'dead letter');
  await startAnew(tx, letter.stepId);
  await recordEvent(tx, {
    who,
    what: 'revived',
    subjectKind: 'step',
    subjectId: letter.stepId,
    before: { deadLetter: id, code: letter.code },
    why,
  });
  return letter;
}

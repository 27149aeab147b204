import type { StepName } from '@prelector/findings';
import { ledgerError } from '../errors.js';
import { recordEvent } from '../events/record-event.js';
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

/** Locks the study of a delivery that was given up, before anything of it is written; nothing for other steps. */
export async function lockStudyOfDeadLetter(tx: Tx, id: string): Promise<void> {
  await rowsOf(
    tx,
    `SELECT study.id FROM dead_letter l JOIN step ON step.id = l.step_id AND step.step = 'deliver'
     JOIN delivery d ON d.id = step.row_id JOIN evidence e ON e.id = d.evidence_id
     JOIN study ON study.id = e.study_id WHERE l.id = $1 FOR NO KEY UPDATE OF study`,
    [id],
  );
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

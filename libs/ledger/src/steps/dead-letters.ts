import type { StepName } from '@prelector/findings';
import { ledgerError } from '../errors.js';
import type { Events } from '../events/events.js';
import type { Deliveries } from '../evidence/deliveries.js';
import type { Runs } from '../runs/runs.js';
import type { Statements } from '../sql.js';
import type { Steps } from './steps.js';

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

/** What cannot succeed by itself, until a person answers it. */
export class DeadLetters {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly steps: Steps,
    private readonly runs: Runs,
    private readonly deliveries: Deliveries,
  ) {}

  /** Open dead letters, newest first. */
  open(limit = 100, code?: string): Promise<DeadLetter[]> {
    return this.sql.rows<DeadLetter>(
      `SELECT d.id, d.step_id AS "stepId", s.step, s.row_id AS "rowId", d.code, d.reason, d.at
       FROM dead_letter d JOIN step s ON s.id = d.step_id
       WHERE d.resolved_at IS NULL AND ($2::text IS NULL OR d.code = $2) ORDER BY d.at DESC LIMIT $1`,
      [limit, code ?? null],
    );
  }

  /** Whether nobody has answered a dead letter yet. */
  async isOpen(id: string): Promise<boolean> {
    const row = await this.sql.row(`SELECT 1 FROM dead_letter WHERE id = $1 AND resolved_at IS NULL`, [id]);
    return row !== undefined;
  }

  /** Locks what a step that was given up is of, before its letter and the step: study and delivery, or the run. */
  async lockRows(id: string): Promise<void> {
    const step = await this.sql.row<{ step: StepName; rowId: string }>(
      `SELECT step.step, step.row_id AS "rowId" FROM dead_letter l JOIN step ON step.id = l.step_id WHERE l.id = $1`,
      [id],
    );
    if (step?.step === 'run') await this.runs.lock(step.rowId);
    if (step?.step !== 'deliver') return;
    await this.deliveries.lockStudyOf(step.rowId);
    await this.deliveries.lock(step.rowId);
  }

  /**
   * Starts a dead step again. The caller moves the row it belongs to back to `pending` in the same
   * transaction. Throws `ledger.not-found` when the letter is not open.
   */
  async revive(id: string, who: string, why: string): Promise<DeadLetter> {
    const letter = await this.sql.row<DeadLetter>(
      `UPDATE dead_letter d SET resolved_at = now(), resolved_by = $2, resolution = $3 FROM step s
       WHERE d.id = $1 AND d.resolved_at IS NULL AND s.id = d.step_id
       RETURNING d.id, d.step_id AS "stepId", s.step, s.row_id AS "rowId", d.code, d.reason, d.at`,
      [id, who, why],
    );
    if (!letter) throw ledgerError('ledger.not-found', 'dead letter');
    await this.steps.startAnew(letter.stepId);
    await this.events.record({
      who,
      what: 'revived',
      subjectKind: 'step',
      subjectId: letter.stepId,
      before: { deadLetter: id, code: letter.code },
      why,
    });
    return letter;
  }
}

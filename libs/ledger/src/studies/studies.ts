import { randomUUIDv7 } from 'node:crypto';
import type { Completeness, Expectation } from '@prelector/findings';
import { ledgerError } from '../errors.js';
import type { Events } from '../events/events.js';
import { standingRuns } from '../runs/standing-runs.js';
import type { Statements } from '../sql.js';
import type { Outbox } from '../steps/outbox.js';
import type { Steps } from '../steps/steps.js';
import { StudyRow, VerdictRow } from './study.entity.js';

export interface NewStudy {
  readonly studyInstanceUid: string;
  readonly priority?: number | undefined;
  /** Its identity as announced, see `identities.recordSighting`. */
  readonly identityId?: string | undefined;
  /** Only a message marked as test or training, or nothing yet, announces it: any other announcement lifts that. */
  readonly testOnly?: boolean | undefined;
  /** Study Date, `YYYYMMDD`, as the archive states it. */
  readonly studyDate?: string | undefined;
  /** For the event that tells of its beginning. */
  readonly who: string;
  readonly why?: string | undefined;
}

export interface NewVerdict {
  readonly studyId: string;
  readonly completionNo: number;
  readonly ruleId?: string | undefined;
  readonly ruleVersion?: number | undefined;
  readonly decision: 'run' | 'skip';
  /** In words, for `prelector study`. */
  readonly reason: string;
  readonly runId?: string | undefined;
}

/** The orders that speak of a study: none of another patient, and no test of one that is announced in earnest. */
const speaking = `FROM study_order o JOIN order_study os ON os.order_id = o.id JOIN study s ON s.id = os.study_id
     WHERE os.study_id = $1 AND NOT os.is_foreign AND (s.test_only OR NOT o.test_only)`;

/** Of a study that no order says is urgent. */
export const usualPriority = 5;

/** Studies that we watch: what is known of each, how urgent it is, and what the rules decided. */
export class Studies {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly outbox: Outbox,
    private readonly steps: Steps,
  ) {}

  /**
   * The study of that UID, made when it is first heard of, and locked; safe when several hear of it at once. `wasTest`: only test
   * messages had announced it until now.
   */
  async findOrCreate(study: NewStudy): Promise<{ study: StudyRow; created: boolean; wasTest: boolean }> {
    const { row, created } = await this.sql.insertOnce(
      StudyRow,
      {
        id: randomUUIDv7(),
        studyInstanceUid: study.studyInstanceUid,
        priority: study.priority ?? 5,
        testOnly: study.testOnly ?? false,
        identityId: study.identityId ?? null,
        studyDate: study.studyDate ?? null,
      },
      { studyInstanceUid: study.studyInstanceUid },
    );
    if (created) {
      await this.events.record({
        who: study.who,
        what: 'heard of',
        subjectKind: 'study',
        subjectId: row.id,
        after: { state: row.state, studyInstanceUid: row.studyInstanceUid },
        why: study.why,
      });
      return { study: row, created, wasTest: false };
    }
    // What others write at this moment is waited for, so that none of it is written over.
    const locked = await this.sql.lockRow(StudyRow, row.id);
    const { testOnly } = locked;
    const hurried = await this.#hurry(locked, study);
    return { study: hurried, created, wasTest: testOnly && !hurried.testOnly };
  }

  /**
   * A later notice may raise the priority, supply the identity, and say that the study is no test. A test hurries none that
   * is announced in earnest, and says nothing of its patient.
   */
  async #hurry(row: StudyRow, stated: NewStudy): Promise<StudyRow> {
    const isHeard = row.testOnly || !stated.testOnly;
    const study = isHeard ? stated : { ...stated, priority: undefined, identityId: undefined };
    const change = {
      identityId: row.identityId ?? study.identityId ?? null,
      studyDate: row.studyDate ?? study.studyDate ?? null,
      testOnly: row.testOnly && (study.testOnly ?? false),
    };
    const raised = await this.raisePriority(row, study.priority ?? row.priority);
    if (Object.entries(change).every(([name, value]) => row[name as keyof StudyRow] === value)) return raised;
    await this.sql.update(StudyRow, { id: row.id }, { ...change, updatedAt: this.sql.now() });
    return Object.assign(row, change);
  }

  /** The study of that UID, if we watch it. */
  byUid(studyInstanceUid: string): Promise<StudyRow | null> {
    return this.sql.manager.findOneBy(StudyRow, { studyInstanceUid });
  }

  /** Keeps what a rule decided for a study, and why. */
  recordVerdict(verdict: NewVerdict): Promise<VerdictRow> {
    return this.sql.insertRow(VerdictRow, {
      ...verdict,
      id: randomUUIDv7(),
      ruleId: verdict.ruleId ?? null,
      ruleVersion: verdict.ruleVersion ?? null,
      runId: verdict.runId ?? null,
    });
  }

  /** Series Instance UIDs of our own evidence in a study: no input and no change. */
  async ownSeriesOf(studyId: string): Promise<Set<string>> {
    const rows = await this.sql.rows<{ uid: string }>(
      `SELECT series_instance_uid AS uid FROM evidence_series WHERE study_id = $1`,
      [studyId],
    );
    return new Set(rows.map((row) => row.uid));
  }

  /** What each rule decided last on the present completion of a study, by its id. */
  async latestVerdicts({
    id,
    completionNo,
  }: Pick<StudyRow, 'id' | 'completionNo'>): Promise<
    Map<string, Pick<VerdictRow, 'decision' | 'reason' | 'runId'>>
  > {
    const rows = await this.sql.rows<Pick<VerdictRow, 'decision' | 'reason' | 'runId'> & { rule: string }>(
      `SELECT DISTINCT ON (rule_id) rule_id AS rule, decision, reason, run_id AS "runId" FROM verdict
       WHERE study_id = $1 AND completion_no = $2 AND rule_id IS NOT NULL ORDER BY rule_id, at DESC, id DESC`,
      [id, completionNo],
    );
    return new Map(rows.map(({ rule, ...verdict }) => [rule, verdict]));
  }

  /** The study of that id; throws `ledger.not-found`. */
  async byId(id: string): Promise<StudyRow> {
    const row = await this.sql.manager.findOneBy(StudyRow, { id });
    if (!row) throw ledgerError('ledger.not-found', 'study');
    return row;
  }

  /** The study of that id, locked until the transaction ends: what two steps must not do to it at once. */
  lock(id: string): Promise<StudyRow> {
    return this.sql.lockRow(StudyRow, id);
  }

  /** Keeps the last judgement of a study that still waits. */
  async setCompleteness(studyId: string, completeness: Completeness): Promise<void> {
    await this.sql.update(StudyRow, { id: studyId }, { completeness, updatedAt: this.sql.now() });
  }

  /** What the orders of a study say to expect of it, taken together. */
  async expectationOf(studyId: string): Promise<Expectation> {
    const row = await this.sql.row<{ instances: number | null; ended: boolean | null }>(
      `SELECT max(o.expected_instances) AS instances, bool_or(o.acquisition_ended) AS ended
       ${speaking}`,
      [studyId],
    );
    return { instances: row?.instances ?? undefined, acquisitionEnded: row?.ended ?? false };
  }

  /** Procedure codes that the orders of a study name. */
  async procedureCodesOf(studyId: string): Promise<string[]> {
    const rows = await this.sql.rows<{ code: string }>(
      `SELECT DISTINCT o.procedure_code ->> 'value' AS code
       ${speaking} AND o.procedure_code IS NOT NULL`,
      [studyId],
    );
    return rows.map((row) => row.code);
  }

  /** Takes the archive's present identity as right, as a person decided; see `moves.study` for the state. */
  async setReleasedIdentity(studyId: string, identityId: string): Promise<void> {
    const now = this.sql.now();
    await this.sql.update(
      StudyRow,
      { id: studyId },
      { releasedIdentityId: identityId, releasedAt: now, updatedAt: now },
    );
  }

  /** A person wants findings and no sending: only for a study that nothing else has announced. Null takes that back. */
  async withhold(studyId: string, who: string | null): Promise<void> {
    await this.sql.update(StudyRow, { id: studyId }, { withheldBy: who, updatedAt: this.sql.now() });
  }

  /** Has the next selection make new runs, also on instances that were analysed before. */
  async raiseRevision(studyId: string): Promise<void> {
    await this.sql.manager.increment(StudyRow, { id: studyId }, 'revision', 1);
  }

  /** Another notice asks for the study: what was withheld is looked at again, without running again. */
  async stopWithholding(study: StudyRow): Promise<void> {
    if (study.withheldBy === null) return;
    await this.sql.update(StudyRow, { id: study.id }, { withheldBy: null, updatedAt: this.sql.now() });
    await this.takeUpKeptBack(study.id);
  }

  /** Makes a study more urgent, see `studies.setPriority`; never slower than before. */
  async raisePriority(study: StudyRow, priority: number): Promise<StudyRow> {
    return priority < study.priority ? this.setPriority(study, priority) : study;
  }

  /**
   * Says how urgent a study is, with every step of it that is not as urgent, or more so than it is now, also one that is
   * over and may be taken up again: one that stands in a queue is put there anew, at its place, and the job that was there
   * finds nothing to do. Smaller goes first. The study's row is locked: what is scheduled of it from then on takes its
   * priority from there.
   */
  async setPriority(study: StudyRow, priority: number): Promise<StudyRow> {
    if (priority === study.priority) return study;
    const isBeyond = priority < study.priority ? 'priority > $2' : 'priority < $2';
    await this.sql.update(StudyRow, { id: study.id }, { priority, updatedAt: this.sql.now() });
    await this.sql.rows(`UPDATE run SET priority = $2 WHERE study_id = $1 AND ${isBeyond}`, [
      study.id,
      priority,
    ]);
    const queued = await this.sql.rows<{ id: string; attempt: number; due: Date }>(
      `WITH subject (id) AS (
         SELECT id FROM study_copy WHERE study_id = $1
         UNION SELECT id FROM run WHERE study_id = $1
         UNION SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.study_id = $1
       ), raised AS (
         UPDATE step SET priority = $2,
           attempt = attempt + CASE WHEN state = 'waiting' THEN 1 ELSE 0 END, updated_at = now()
         WHERE row_id IN (SELECT id FROM subject) AND ${isBeyond}
         RETURNING id, attempt, state, due_at
       ), gone AS (
         DELETE FROM outbox USING raised WHERE outbox.step_id = raised.id
       )
       SELECT id, attempt, due_at AS due FROM raised WHERE state = 'waiting'`,
      [study.id, priority],
    );
    for (const { id, attempt, due } of queued) await this.outbox.put(id, attempt, due);
    return Object.assign(study, { priority });
  }

  /**
   * What a study's results were kept back for counts no more, be it an order that was cancelled, a report, a person's
   * wish or a test: the newest result of each model that is kept, or that is looked for and would be, is encoded anew
   * and decided on again. To be called under the study's lock, under which a result is decided to be kept, wherever a
   * circumstance of `decideSending` may turn that way; what a rule's configuration kept is for a person to ask for.
   */
  async takeUpKeptBack(studyId: string): Promise<void> {
    const runs = await this.sql.rows<{ id: string; priority: number }>(
      `WITH newest AS (${standingRuns('$1')})
       SELECT id, priority FROM newest WHERE EXISTS (
         SELECT 1 FROM evidence e JOIN delivery d ON d.evidence_id = e.id
         WHERE e.run_id = newest.id AND (d.state = 'not-sent' OR d.in_doubt_since IS NOT NULL)) ORDER BY id`,
      [studyId],
    );
    for (const { id, priority } of runs)
      await this.steps.schedule({ step: 'encode', rowId: id, priority, restart: true });
  }
}

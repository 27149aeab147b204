import { nowOf } from '../database-clock.js';
import { rowsOf } from '../sql.js';
import { putInOutbox } from '../steps/schedule-step.js';
import type { Tx } from '../tx.js';
import { StudyRow } from './study.entity.js';

/** Of a study that no order says is urgent. */
export const usualPriority = 5;

/** Makes a study more urgent, see `setPriority`; never slower than before. */
export async function raisePriority(tx: Tx, study: StudyRow, priority: number): Promise<StudyRow> {
  return priority < study.priority ? setPriority(tx, study, priority) : study;
}

/**
 * Says how urgent a study is, with every step of it that is not as urgent, or more so than it is now, also one that is
 * over and may be taken up again: one that stands in a queue is put there anew, at its place, and the job that was there
 * finds nothing to do. Smaller goes first. The study's row is locked: what is scheduled of it from then on takes its
 * priority from there.
 */
export async function setPriority(tx: Tx, study: StudyRow, priority: number): Promise<StudyRow> {
  if (priority === study.priority) return study;
  const isBeyond = priority < study.priority ? 'priority > $2' : 'priority < $2';
  await tx.update(StudyRow, { id: study.id }, { priority, updatedAt: nowOf(tx) });
  await rowsOf(tx, `UPDATE run SET priority = $2 WHERE study_id = $1 AND ${isBeyond}`, [study.id, priority]);
  const queued = await rowsOf<{ id: string; attempt: number; due: Date }>(
    tx,
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
  for (const { id, attempt, due } of queued) await putInOutbox(tx, id, attempt, due);
  return Object.assign(study, { priority });
}

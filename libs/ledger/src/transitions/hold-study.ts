import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { runsOfStudy } from '../runs/runs.js';
import { scheduleStep } from '../steps/schedule-step.js';
import { newestDoneRuns } from '../studies/study-progress.js';
import { copiesOfStudy } from '../studies/studies.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Tx } from '../tx.js';
import { moveRun, moveStudy } from './moves.js';

export interface Hold {
  readonly who: string;
  readonly why: string;
  /** An order and the archive disagree, and nothing else: it goes on by itself once they agree. */
  readonly awaitsOrder: boolean;
  /** Says so, too, where the study is held for such a disagreement already. */
  readonly isNews?: boolean;
}

/** Holds a study, or makes a hold that would have ended by itself one for a person. */
export async function holdStudy(
  tx: Tx,
  study: StudyRow,
  { who, why, awaitsOrder, isNews = !awaitsOrder }: Hold,
): Promise<StudyRow> {
  if (study.state !== 'held') return moveStudy(tx, study.id, 'held', { who, why }, { awaitsOrder });
  if (!study.awaitsOrder || !isNews || (awaitsOrder && study.stateReason === why)) return study;
  const change = { awaitsOrder, stateReason: why, updatedAt: nowOf(tx) };
  await tx.update(StudyRow, { id: study.id }, change);
  const what = awaitsOrder ? 'still held' : 'held for a person';
  await recordEvent(tx, { who, what, subjectKind: 'study', subjectId: study.id, why });
  return Object.assign(study, change);
}

/**
 * Lets a study go on that was held only because an order and the archive disagreed. Every other hold is left by a person alone;
 * what was found wrong meanwhile is found again at the next step.
 */
export async function liftStudy(
  tx: Tx,
  study: StudyRow,
  move: { who: string; why: string },
): Promise<StudyRow> {
  return study.state === 'held' && study.awaitsOrder ? resumeStudy(tx, study, move) : study;
}

/** Takes a held study up where it stood still: watching, runs, or evidence that is encoded anew. */
export async function resumeStudy(
  tx: Tx,
  study: StudyRow,
  move: { who: string; why: string },
): Promise<StudyRow> {
  const { priority } = study;
  const copies = await copiesOfStudy(tx, study.id);
  const complete = copies.some((copy) => copy.completedAt !== null);
  const patch = complete ? {} : { watchingSince: nowOf(tx) };
  const resumed = await moveStudy(tx, study.id, complete ? 'complete' : 'watching', move, {
    ...patch,
    awaitsOrder: false,
  });
  for (const copy of copies) {
    await scheduleStep(tx, { step: 'observe', rowId: copy.id, priority, restart: true });
    if (copy.completedAt) await scheduleStep(tx, { step: 'select', rowId: copy.id, restart: true });
  }
  for (const run of await runsOfStudy(tx, study.id)) {
    if (run.state !== 'held') continue;
    await moveRun(tx, run.id, 'pending', move);
    await scheduleStep(tx, { step: 'run', rowId: run.id, priority, restart: true });
  }
  for (const runId of await newestDoneRuns(tx, study.id)) {
    await scheduleStep(tx, { step: 'encode', rowId: runId, priority, restart: true });
  }
  return resumed;
}

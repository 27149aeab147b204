import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { runsOfStudy } from '../runs/runs.js';
import { rowOf } from '../sql.js';
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
  /** The order that disagrees, by its id. */
  readonly order?: string | undefined;
  /** Says so, too, where the study is held for such a disagreement already. */
  readonly isNews?: boolean;
}

/** What the events of a study that is held already say: each names a reason. */
const furtherHold = {
  again: 'still held',
  forPerson: 'held for a person',
  further: 'held for a further reason',
} as const;

/** Beyond it a further reason stands in the study's story only. Characters. */
const longestReason = 2000;

/**
 * Holds a study, or makes a hold that would have ended by itself one for a person. A further reason that is found
 * while it is held stands beside those before: whoever releases the study answers all of them.
 */
export async function holdStudy(
  tx: Tx,
  study: StudyRow,
  { who, why, awaitsOrder, order, isNews = !awaitsOrder }: Hold,
): Promise<StudyRow> {
  if (study.state !== 'held') return moveStudy(tx, study.id, 'held', { who, why, order }, { awaitsOrder });
  if (study.awaitsOrder && awaitsOrder) {
    // As long as nothing but orders disagrees, what they say is judged anew before the study goes on.
    const isKnown = !isNews || study.stateReason === why;
    return isKnown ? study : giveReason(tx, study, furtherHold.again, { who, why, order, stateReason: why });
  }
  const becomesFirm = study.awaitsOrder;
  if (!becomesFirm && (await wasSaid(tx, study, why))) return study;
  const what = becomesFirm ? furtherHold.forPerson : furtherHold.further;
  const stateReason = together(study.stateReason, why);
  return giveReason(tx, study, what, { who, why, order, stateReason, awaitsOrder: false });
}

async function giveReason(
  tx: Tx,
  study: StudyRow,
  what: string,
  {
    who,
    why,
    order,
    ...patch
  }: Pick<Hold, 'who' | 'why' | 'order'> & { stateReason: string; awaitsOrder?: boolean },
): Promise<StudyRow> {
  const change = { ...patch, updatedAt: nowOf(tx) };
  await tx.update(StudyRow, { id: study.id }, change);
  await recordEvent(tx, {
    who,
    what,
    subjectKind: 'study',
    subjectId: study.id,
    why,
    ...(order ? { after: { order } } : {}),
  });
  return Object.assign(study, change);
}

function together(before: string | null, why: string): string {
  if (before === null || before.split('; besides: ').includes(why)) return before ?? why;
  const both = `${before}; besides: ${why}`;
  return both.length > longestReason ? before : both;
}

/** True when the present hold of the study has that reason already. */
async function wasSaid(tx: Tx, { id }: StudyRow, why: string): Promise<boolean> {
  const row = await rowOf(
    tx,
    `SELECT 1 AS yes FROM event WHERE subject_id = $1 AND why = $2 AND (after ->> 'state' = 'held' OR what = ANY($3))
       AND id >= (SELECT max(id) FROM event WHERE subject_id = $1 AND after ->> 'state' = 'held') LIMIT 1`,
    [id, why, Object.values(furtherHold)],
  );
  return row !== undefined;
}

/** True when the present hold of the study has a reason that begins so. */
export async function wasHeldFor(tx: Tx, { id }: StudyRow, beginning: string): Promise<boolean> {
  const row = await rowOf(
    tx,
    `SELECT 1 AS yes FROM event WHERE subject_id = $1 AND starts_with(why, $2)
       AND id >= (SELECT max(id) FROM event WHERE subject_id = $1 AND after ->> 'state' = 'held') LIMIT 1`,
    [id, beginning],
  );
  return row !== undefined;
}

/** When the last reason was given for which one of these subjects is held; undefined when none ever was. */
export async function lastHoldAt(tx: Tx, subjectIds: readonly string[]): Promise<Date | undefined> {
  const row = await rowOf<{ at: Date | null }>(
    tx,
    `SELECT max(at) AS at FROM event
     WHERE subject_id = ANY($1) AND (after ->> 'state' = 'held' OR what = ANY($2))`,
    [subjectIds, Object.values(furtherHold)],
  );
  return row?.at ?? undefined;
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
    if (copy.completedAt) await scheduleStep(tx, { step: 'select', rowId: copy.id, priority, restart: true });
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

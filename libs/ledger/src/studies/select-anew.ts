import { rowOf } from '../sql.js';
import { scheduleStep } from '../steps/schedule-step.js';
import type { Tx } from '../tx.js';
import { copiesOfStudy } from './studies.js';
import type { StudyRow } from './study.entity.js';

/**
 * Orders came to state a procedure code of a study, whose row is locked: where rules ask for codes, a study that was
 * selected from is selected from once more.
 */
export async function selectAnew(tx: Tx, study: StudyRow): Promise<void> {
  if (await areCodesAskedFor(tx)) await selectStudyAnew(tx, study);
}

/** Has every complete copy of a study, whose row is locked, selected from once more; a study still watched will be. */
export async function selectStudyAnew(tx: Tx, { id, state, priority }: StudyRow): Promise<void> {
  if (state !== 'complete') return;
  for (const copy of await copiesOfStudy(tx, id))
    if (copy.completedAt) await scheduleStep(tx, { step: 'select', rowId: copy.id, priority, restart: true });
}

/**
 * The run of a copy of a study, whose row is locked, came to no reading: every other complete copy, which may have been
 * passed over for that, is selected from once more.
 */
export async function selectOtherCopies(
  tx: Tx,
  { id, state, priority }: StudyRow,
  nodeId: string,
): Promise<void> {
  if (state !== 'complete') return;
  for (const copy of await copiesOfStudy(tx, id))
    if (copy.completedAt && copy.nodeId !== nodeId)
      await scheduleStep(tx, { step: 'select', rowId: copy.id, priority, restart: true });
}

async function areCodesAskedFor(tx: Tx): Promise<boolean> {
  const row = await rowOf(
    tx,
    `SELECT 1 AS yes FROM rule WHERE removed_at IS NULL
       AND jsonb_array_length(coalesce(body #> '{conditions,procedureCodes}', '[]')) > 0 LIMIT 1`,
  );
  return row !== undefined;
}

import type { StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import { findOrCreateCopy, findOrCreateStudy, moveStudy, scheduleStep } from '@prelector/ledger';

/** A study that a notice named, on one node. */
export interface Announcement {
  readonly studyInstanceUid: string;
  readonly nodeId: string;
  readonly who: string;
  readonly why: string;
  readonly priority?: number | undefined;
  readonly identityId?: string | undefined;
  readonly testOnly?: boolean | undefined;
}

/**
 * Watches a study on a node: makes its rows where they are missing, takes up one that was given up, and has
 * it looked at. Saying it twice has no further effect, because a look that finds no change changes nothing.
 */
export async function announceStudy(
  tx: Tx,
  announcement: Announcement,
): Promise<{ study: StudyRow; copy: StudyCopyRow }> {
  const { nodeId, who, why } = announcement;
  const { study } = await findOrCreateStudy(tx, announcement);
  const { copy } = await findOrCreateCopy(tx, study.id, nodeId);
  if (study.state === 'incomplete') {
    await moveStudy(tx, study.id, 'watching', { who, why }, { watchingSince: new Date() });
  }
  if (study.state !== 'held') {
    await scheduleStep(tx, { step: 'observe', rowId: copy.id, priority: study.priority, restart: true });
  }
  return { study, copy };
}

import type { StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive } from '@prelector/findings';
import type { IdentityVault, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import {
  findOrCreateCopy,
  findOrCreateStudy,
  linkOrderToStudy,
  lockStudy,
  moveReading,
  moveStudy,
  nowOf,
  openIdentity,
  ordersOfStudyOrAccession,
  scheduleStep,
} from '@prelector/ledger';

/** A study that a notice named, on one node. */
export interface Announcement {
  readonly studyInstanceUid: string;
  readonly nodeId: string;
  /** What the archive states of it, by which orders that speak of it are found. */
  readonly identity: StudyIdentity;
  readonly who: string;
  readonly why: string;
  readonly priority?: number | undefined;
  readonly identityId?: string | undefined;
  readonly testOnly?: boolean | undefined;
}

/**
 * Watches a study on a node: makes its rows where they are missing, joins it with the orders that speak of it
 * (also with reports that came before it was known), takes up one that was given up, and has it looked at.
 * Saying it twice has no further effect, because a look that finds no change changes nothing.
 */
export async function announceStudy(
  tx: Tx,
  vault: IdentityVault,
  announcement: Announcement,
): Promise<{ study: StudyRow; copy: StudyCopyRow }> {
  const { nodeId, who, why } = announcement;
  const found = await findOrCreateStudy(tx, announcement);
  const { copy } = await findOrCreateCopy(tx, found.study.id, nodeId);
  const study = await lockStudy(tx, found.study.id);
  await joinOrders(tx, vault, study, announcement);
  if (study.state === 'incomplete') {
    await moveStudy(tx, study.id, 'watching', { who, why }, { watchingSince: nowOf(tx) });
  }
  if (study.state !== 'held') {
    await scheduleStep(tx, { step: 'observe', rowId: copy.id, priority: study.priority, restart: true });
  }
  return { study, copy };
}

async function joinOrders(
  tx: Tx,
  vault: IdentityVault,
  study: StudyRow,
  { identity, who }: Announcement,
): Promise<void> {
  for (const order of await ordersOfStudyOrAccession(tx, vault, study.studyInstanceUid, identity)) {
    const byUid = order.studyInstanceUids.includes(study.studyInstanceUid);
    const stated = order.identityId ? await openIdentity(tx, vault, order.identityId) : undefined;
    if (order.testOnly !== study.testOnly) continue;
    if (!byUid && (!stated || compareOrderWithArchive(stated, identity).verdict === 'holds')) continue;
    const how = byUid ? 'Study Instance UID' : 'accession number';
    await linkOrderToStudy(tx, { orderId: order.id, studyId: study.id, how, who });
    if (order.readingState !== 'unknown') {
      await moveReading(tx, study.id, order.readingState, { who, why: 'as the order says' });
    }
  }
}

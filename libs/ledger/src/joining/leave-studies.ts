import type { Tie } from '@prelector/findings';
import { joiningWords, judgeJoining } from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { openIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { Untied } from '../orders/untied.js';
import { areAlone, tieProvisionally, untiedOf } from '../orders/untied.js';
import { lockOrder, studiesOfOrder } from '../orders/orders.js';
import { lockRow } from '../sql.js';
import { scheduleStep } from '../steps/schedule-step.js';
import { StudyRow } from '../studies/study.entity.js';
import { moveOrder } from '../transitions/moves.js';
import type { Tx } from '../tx.js';
import { judgeStudy } from './judge-study.js';
import { asKin, kinshipOf } from './kinship.js';
import { unlinkOrder } from './link-orders.js';
import { issuerOfNode } from './node-issuer.js';
import { latestSeen } from './seen-by-archive.js';

/**
 * Parts orders from studies with which they were joined by a number that turned out to be none of theirs: an
 * order number that might have been the accession number until that was stated, an accession number whose
 * issuer the archive, or a file, comes to state, unless the whole patient agrees, or one that was corrected, unless
 * the images may be the patient's that were made under it. What the order said no longer counts for the study, and an
 * order that is left without one is looked for again. True when there were such.
 */
export async function leaveStudies(
  tx: Tx,
  vault: IdentityVault,
  { of, id, who }: { readonly of: 'order' | 'study'; readonly id: string; readonly who: string },
): Promise<boolean> {
  let hasLeft = false;
  for (const untied of await untiedOf(tx, of, id)) {
    const { left } = untied;
    if (left && (await isTiedProvisionally(tx, vault, untied, left))) {
      await tieProvisionally(tx, untied, left);
      continue;
    }
    await leaveStudy(tx, vault, { ...untied, who, why: whyParted(untied) });
    hasLeft = true;
  }
  return hasLeft;
}

/** Why an order and a study no longer belong together, in words. */
const whyParted = ({ how, left }: Untied): string =>
  left
    ? `joined by ${how}; all that ties them now is ${joiningWords[left]}, and the patient differs or one of them has another partner`
    : `joined by ${how}; order and study share no number any more`;

/**
 * RIS and worklist often name one department differently, and a scanner may have the number that the RIS corrected:
 * where the patient agrees, and neither has another partner, a report that was signed or an order that was cancelled
 * goes on counting.
 */
async function isTiedProvisionally(
  tx: Tx,
  vault: IdentityVault,
  { orderId, studyId }: Untied,
  by: Tie,
): Promise<boolean> {
  const order = await lockOrder(tx, orderId);
  const archive = await latestSeen(tx, vault, studyId);
  const said = order.identityId && (await openIdentity(tx, vault, order.identityId));
  if (!archive || !said || !(await areAlone(tx, { orderId, studyId }, by))) return false;
  const issuers = { secondIssuer: await issuerOfNode(tx, archive.nodeId) };
  const kinship = await kinshipOf(tx, vault, archive.nodeId, said, archive.identity, issuers);
  const now = nowOf(tx);
  const { kind } = judgeJoining({
    by,
    order: { identity: asKin(kinship, said, archive.identity), heardAt: now },
    study: { identity: archive.identity, date: undefined, heardAt: now },
    issuers,
  });
  return kind === 'joined';
}

/** An order and a study that are joined and do not belong together, with the reason in words. */
export interface Leaving {
  readonly orderId: string;
  readonly studyId: string;
  readonly who: string;
  readonly why: string;
}

/**
 * Parts an order from a study: what it said no longer counts, the study is judged by the orders that are left, and an
 * order that is left without one is looked for again.
 */
export async function leaveStudy(
  tx: Tx,
  vault: IdentityVault,
  { orderId, studyId, who, why }: Leaving,
): Promise<StudyRow> {
  const order = await lockOrder(tx, orderId);
  const known = await lockRow(tx, StudyRow, studyId);
  const subjects = [
    { subjectKind: 'order', subjectId: orderId },
    { subjectKind: 'study', subjectId: studyId },
  ] as const;
  for (const subject of subjects) {
    await recordEvent(tx, {
      who,
      what: 'no longer joined',
      ...subject,
      before: { order: orderId, study: studyId },
      why,
    });
  }
  const left = await unlinkOrder(tx, order, known, { who, why });
  const archive = await latestSeen(tx, vault, studyId);
  const study = archive ? await judgeStudy(tx, vault, left, archive, who) : left;
  const isAlone = (await studiesOfOrder(tx, orderId)).length === 0;
  const isOver = order.state === 'held' || (order.state === 'arrived' && order.acquisitionEnded);
  if (!isOver || !isAlone) return study;
  await moveOrder(tx, orderId, 'announced', { who, why });
  if (order.acquisitionEnded)
    await scheduleStep(tx, { step: 'resolve', rowId: orderId, priority: order.priority, restart: true });
  return study;
}

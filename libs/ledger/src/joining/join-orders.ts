import type { Joining, StudyIdentity, Tie } from '@prelector/findings';
import {
  compareOrderWithArchive,
  joiningWords,
  judgeJoining,
  provisionalTies,
  twoPatients,
} from '@prelector/findings';
import { recordEvent } from '../events/record-event.js';
import { openIdentity, patientHmac } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { patientTest } from '../identities/one-patient.js';
import { releasedIdentities } from '../identities/released-identities.js';
import { lockRow, rowOf } from '../sql.js';
import { scheduleStep } from '../steps/schedule-step.js';
import { raisePriority } from '../studies/raise-priority.js';
import { selectAnew } from '../studies/select-anew.js';
import { StudyRow } from '../studies/study.entity.js';
import { holdStudy } from '../transitions/hold-study.js';
import { moveOrder, moveReading } from '../transitions/moves.js';
import type { Tx } from '../tx.js';
import type { ArchiveStatement } from './order-identities.js';
import { behind, hearsTests, judgeStudy } from './judge-study.js';
import { leaveStudies, leaveStudy } from './leave-studies.js';
import { linkOrderToStudy } from './link-orders.js';
import { issuerOfNode } from './node-issuer.js';
import { noteUnjoined } from './note-unjoined.js';
import { asKin, kinshipOf } from './kinship.js';
import { asInstancesState, latestSeen } from './seen-by-archive.js';
import {
  formerKeys,
  keepStudyKeys,
  lockNumbers,
  ordersMeeting,
  studiesMeeting,
  studyKeys,
} from '../orders/order-keys.js';
import { areAlone } from '../orders/untied.js';
import type { OrderRow } from '../orders/order.entity.js';
import { linkBetween, lockOrder, namedByPerson } from '../orders/orders.js';

/**
 * Joins a study with every order that speaks of it by any key, whichever came first, and judges what they
 * state: order and archive that name two patients are both held; a study that waited for its orders to agree
 * with the archive goes on. To be called wherever an archive states the identity of a study; who the patient is, its
 * instances say where they ever did.
 *
 * @param options.isAnnounced the study is announced on that node: orders that wait for it have found it
 */
export async function joinStudy(
  tx: Tx,
  vault: IdentityVault,
  known: Pick<StudyRow, 'id' | 'studyInstanceUid'>,
  stated: ArchiveStatement,
  { who, isAnnounced = false }: { who: string; isAnnounced?: boolean },
): Promise<StudyRow> {
  const keys = studyKeys(vault, known.studyInstanceUid, stated.identity);
  await lockNumbers(tx, keys);
  await keepStudyKeys(tx, known.id, keys, stated);
  const archive = await asInstancesState(tx, vault, known.id, stated);
  await leaveStudies(tx, vault, { of: 'study', id: known.id, who });
  const orders: { order: OrderRow; by: Tie }[] = [];
  const met = await ordersMeeting(tx, known.id, archive.nodeId);
  // The strongest tie first: beside it no order counts whose tie is provisional.
  const rank = ({ by }: { by: Tie }) => provisionalTies.indexOf(by);
  for (const { orderId, by } of met.sort((a, b) => rank(a) - rank(b))) {
    orders.push({ order: await lockOrder(tx, orderId), by });
  }
  let study = await lockRow(tx, StudyRow, known.id);
  for (const { order, by } of orders) {
    study = await joinPair(tx, vault, { order, study, by, archive, isAnnounced, who });
  }
  return judgeStudy(tx, vault, study, archive, who);
}

/**
 * Joins an order with every study that is known and that it speaks of by any key, and parts it from those of
 * which it turned out not to speak. It does not arrive thereby:
 * the archive is asked once, because the study may be known and not announced.
 */
export async function joinOrder(tx: Tx, vault: IdentityVault, orderId: string, who: string): Promise<void> {
  await leaveStudies(tx, vault, { of: 'order', id: orderId, who });
  const met = await studiesMeeting(tx, orderId);
  for (const { studyId, by } of met) {
    const order = await lockOrder(tx, orderId);
    const study = await lockRow(tx, StudyRow, studyId);
    const archive = await latestSeen(tx, vault, studyId);
    if (!archive) continue;
    const joined = await joinPair(tx, vault, { order, study, by, archive, isAnnounced: false, who });
    await judgeStudy(tx, vault, joined, archive, who);
  }
}

const isProvisional = (by: Tie) => provisionalTies.includes(by);

interface Pair {
  readonly order: OrderRow;
  readonly study: StudyRow;
  readonly by: Tie;
  readonly archive: ArchiveStatement;
  readonly isAnnounced: boolean;
  readonly who: string;
}

async function joinPair(tx: Tx, vault: IdentityVault, pair: Pair): Promise<StudyRow> {
  const { order, study, by, archive, isAnnounced, who } = pair;
  // What a test message says is nothing to a study that production announced, or that stands on a clinical node.
  if (order.testOnly && !(await hearsTests(tx, study, archive.nodeId))) return study;
  const both = { orderId: order.id, studyId: study.id };
  const isNamed = async () => (await linkBetween(tx, order.id, study.id))?.how === namedByPerson;
  if (isProvisional(by) && !(await areAlone(tx, both, by)) && !(await isNamed())) return study;
  const said = (order.identityId && (await openIdentity(tx, vault, order.identityId))) || {};
  const issuers = { secondIssuer: await issuerOfNode(tx, archive.nodeId) };
  const kinship = await kinshipOf(tx, vault, archive.nodeId, said, archive.identity, issuers);
  const stated = asKin(kinship, said, archive.identity);
  const judged = judgeJoining({
    by,
    order: {
      identity: stated,
      heardAt: order.readingAt && order.readingState === 'final' ? order.readingAt : order.updatedAt,
      firstHeardAt: order.createdAt,
      over: order.state === 'cancelled' ? 'cancelled' : order.readingState === 'final' ? 'signed' : undefined,
    },
    study: {
      identity: archive.identity,
      date: study.studyDate ?? undefined,
      heardAt: study.firstHeardAt,
    },
    issuers,
  });
  const isReleased = (await releasedIdentities(tx, vault, study.id))(said);
  const named = judged.kind !== 'joined' && (await isNamed());
  const joining = named ? asNamed(judged, isReleased) : judged;
  const wasOwn = joining.kind !== 'joined' && (named || (await namedPatientOf(tx, vault, order, archive)));
  const isCancelledOwn = wasOwn && order.state === 'cancelled';
  if (joining.kind === 'unrelated' && !(joining.isOfAnother && isCancelledOwn)) {
    const why = `an order bears a number of the study: ${joining.reason}`;
    if (joining.isOfAnother && (await linkBetween(tx, order.id, study.id)))
      return leaveStudy(tx, vault, { ...both, who, why });
    await noteUnjoined(tx, { ...both, who, why });
    return study;
  }
  const isForeign = joining.kind !== 'joined';
  const how = joining.kind === 'unrelated' ? joiningWords[by] : joining.how;
  const countsNow = await linkOrderToStudy(tx, { ...both, how, isForeign, wasOwn, who });
  if (isCancelledOwn) {
    const why =
      'the order was cancelled, and names another patient than its messages did before: as it may have been of this study, it counts as a cancelled one';
    await noteUnjoined(tx, { ...both, who, why });
  }
  if (joining.kind !== 'joined') {
    const left = await lockRow(tx, StudyRow, study.id);
    // One that is cancelled asks for nothing; a person who released the study saw what another states, and it states the same now.
    if (order.state === 'cancelled' || isReleased) return left;
    await holdOrder(tx, order, who, joining.reason);
    // A merge for which the archive was waited may have been undone.
    const isNews = left.stateReason === behind;
    const by = { order: order.id, statement: order.identityId };
    return holdStudy(tx, left, { who, why: joining.reason, awaitsOrder: true, isNews, ...by });
  }
  // Now that order and study have each other by a number of their own, what is provisional counts no more.
  const isOnesOwn = countsNow && by !== 'former-accession' && by !== 'other-issuer';
  const hasLeft = isOnesOwn && (await leaveStudies(tx, vault, { of: 'study', id: study.id, who }));
  if (isOnesOwn) await leaveStudies(tx, vault, { of: 'order', id: order.id, who });
  if (countsNow) await warnOfDemographics(tx, study, { id: order.id, stated }, archive.identity, who);
  if (countsNow && order.procedureCode) await selectAnew(tx, study);
  await letGo(tx, order, who);
  // An order waits for the images of the number that it states.
  if (isAnnounced && !formerKeys.includes(by)) await arrive(tx, order, how, who);
  return applyOrder(tx, order, hasLeft ? await lockRow(tx, StudyRow, study.id) : study, who);
}

/** Whether any message of the order named the patient whom the archive states, whatever else it said of the person. */
async function namedPatientOf(
  tx: Tx,
  vault: IdentityVault,
  { feedId, patientHmac: now, formerPatients }: OrderRow,
  { nodeId, identity }: ArchiveStatement,
): Promise<boolean> {
  const { issuerOfPatientId = await issuerOfNode(tx, nodeId) } = identity;
  const archived = patientHmac(vault, { ...identity, ...(issuerOfPatientId ? { issuerOfPatientId } : {}) });
  const named = [now, ...formerPatients];
  return archived !== undefined && named.some(await patientTest(tx, feedId, archived, named));
}

/**
 * What a person joined, having seen what the order states, stays joined, and speaks, as long as it states that. What
 * names another patient since then is held like any other order that does.
 */
function asNamed(judged: Exclude<Joining, { kind: 'joined' }>, isReleased: boolean): Joining {
  if (isReleased) return { kind: 'joined', how: namedByPerson };
  if (judged.kind === 'foreign') return judged;
  if (!judged.isOfAnother) return { kind: 'joined', how: namedByPerson };
  const reason = `${twoPatients} study that a person named: ${judged.reason}`;
  return { kind: 'foreign', how: namedByPerson, reason };
}

/**
 * What an order says of its study, which the caller holds locked, however late it is heard: the reading, and that it is
 * urgent. A test says nothing of a study that is announced in earnest.
 */
export async function applyOrder(tx: Tx, order: OrderRow, study: StudyRow, who: string): Promise<StudyRow> {
  if (order.testOnly && !study.testOnly) return study;
  const read =
    order.readingState === 'unknown'
      ? study
      : await moveReading(tx, study.id, order.readingState, {
          who,
          why: 'as the order says',
          order: order.id,
        });
  return raisePriority(tx, read, order.priority);
}

/**
 * An order that waits has found its study without asking: all of those that it names, where it names some. One
 * that is held because several stand under its number is asked for again: they may all be announced now.
 */
async function arrive(tx: Tx, order: OrderRow, how: string, who: string): Promise<void> {
  if (order.state === 'held' && order.acquisitionEnded && !(await isHeldOverAnother(tx, order)))
    await scheduleStep(tx, { step: 'resolve', rowId: order.id, priority: order.priority, restart: true });
  const waits = order.acquisitionEnded && ['announced', 'never-arrived', 'unusable'].includes(order.state);
  if (!waits) return;
  const named = order.studyInstanceUids.length;
  const { own, others } = await countFound(tx, order);
  // Not every modality takes over the UID it was given: then its number says which study it is.
  const isUnused = named > 0 && own === 0;
  if (named > 0 && (isUnused ? others : own) < named) return;
  const unused = isUnused ? ': the modality did not use the Study Instance UID that the order names' : '';
  await moveOrder(tx, order.id, 'arrived', { who, why: `the study is there, found by ${how}${unused}` });
}

/**
 * An order that is held because it named another patient than a study, and names that of each now (the patients were
 * merged, or one of both corrected), is looked for again.
 */
async function letGo(tx: Tx, order: OrderRow, who: string): Promise<void> {
  if (order.state !== 'held' || !order.stateReason?.startsWith(twoPatients)) return;
  if (await isHeldOverAnother(tx, order)) return;
  const { id, priority } = order;
  if (order.acquisitionEnded) await scheduleStep(tx, { step: 'resolve', rowId: id, priority, restart: true });
  else await moveOrder(tx, id, 'announced', { who, why: 'the order now agrees with the archive' });
}

/** True when a study of another patient bears a number of the order. */
async function isHeldOverAnother(tx: Tx, { id }: OrderRow): Promise<boolean> {
  return !!(await rowOf(tx, `SELECT 1 FROM order_study WHERE order_id = $1 AND is_foreign`, [id]));
}

/** Studies of an order: those it names, and those of its accession number that no other order names. */
async function countFound(tx: Tx, order: OrderRow): Promise<{ own: number; others: number }> {
  const row = await rowOf<{ own: string; others: string }>(
    tx,
    `SELECT count(*) FILTER (WHERE s.study_instance_uid = ANY($2)) AS own,
       count(*) FILTER (WHERE s.study_instance_uid <> ALL($2) AND os.how = ANY($3) AND NOT EXISTS (
         SELECT 1 FROM study_key named JOIN order_key k ON k.number = named.number AND k.kind = 'study'
         WHERE named.study_id = s.id AND k.order_id <> $1)) AS others
     FROM order_study os JOIN study s ON s.id = os.study_id WHERE os.order_id = $1`,
    [
      order.id,
      order.studyInstanceUids,
      [joiningWords.accession, joiningWords['possible-accession'], joiningWords['other-issuer']],
    ],
  );
  return { own: Number(row?.own ?? 0), others: Number(row?.others ?? 0) };
}

async function holdOrder(tx: Tx, order: OrderRow, who: string, why: string): Promise<void> {
  if (order.state !== 'held' && order.state !== 'cancelled')
    await moveOrder(tx, order.id, 'held', { who, why });
}

async function warnOfDemographics(
  tx: Tx,
  study: StudyRow,
  { id, stated }: { readonly id: string; readonly stated: StudyIdentity },
  archive: StudyIdentity,
  who: string,
): Promise<void> {
  const { patientId, otherPatientIds, name, birthDate, sex } = stated;
  const patient = Object.fromEntries(
    Object.entries({ patientId, otherPatientIds, name, birthDate, sex }).filter(([, value]) => value),
  );
  const { verdict, reason } = compareOrderWithArchive(patient, archive);
  if (verdict !== 'warns') return;
  const why = `identity in the order against the archive ${reason}`;
  const subject = { subjectKind: 'study', subjectId: study.id } as const;
  await recordEvent(tx, { who, what: 'identity warning', ...subject, after: { order: id }, why });
}

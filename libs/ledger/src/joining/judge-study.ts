import type { StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive } from '@prelector/findings';
import type { IdentityVault } from '../identities/identity-vault.js';
import { identityOfImages } from '../identities/identities.js';
import { releasedIdentities } from '../identities/released-identities.js';
import { lockRow, rowOf } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import { holdStudy, liftStudy, wasHeldFor } from '../transitions/hold-study.js';
import type { Tx } from '../tx.js';
import type { ArchiveStatement } from './order-identities.js';
import { identitiesOfOrders } from './order-identities.js';
import type { ArchivedPatient } from './kinship.js';
import { isRetired, kinshipOf } from './kinship.js';
import { issuerOfNode } from './node-issuer.js';
import { latestSeen } from './seen-by-archive.js';

/** Why a study is held whose archive has yet to follow a merge. */
export const behind = 'the archive still states the number that the patient had before a merge';

/** Why a study is held that its archive came to file under another patient; begins the reason. */
export const refiled =
  'the archive lists the study under another identity than its images stated when they were analysed';

/** What all orders of the study state, against the archive as its instances state the patient. */
export async function judgeStudy(
  tx: Tx,
  vault: IdentityVault,
  study: StudyRow,
  { nodeId, identity, statements: made = [identity] }: ArchiveStatement,
  who: string,
): Promise<StudyRow> {
  const secondIssuer = await issuerOfNode(tx, nodeId);
  const { id, studyInstanceUid } = study;
  const spokenOf = { id, studyInstanceUid, testOnly: await hearsTests(tx, study, nodeId) };
  const statements = await identitiesOfOrders(tx, vault, spokenOf, { nodeId, identity }, secondIssuer);
  let held: StudyRow | undefined;
  for (const { orderId, identityId, identity: stated } of statements) {
    const { verdict, reason } = compareOrderWithArchive(stated, identity, { secondIssuer });
    if (verdict !== 'holds') continue;
    const kinship = await kinshipOf(tx, vault, nodeId, stated, identity, { secondIssuer });
    const isBehind = kinship === 'merged-from';
    const why = isBehind ? behind : `identity in the order against the archive ${reason}`;
    const by = { order: orderId, statement: identityId };
    held = await holdStudy(tx, held ?? study, { who, why, awaitsOrder: true, isNews: isBehind, ...by });
  }
  if (held) return held;
  // An order that states the retired number, too, does not say that the archive has followed.
  const orders = statements.map(({ said }) => said);
  const archived = { nodeId, identity, issuer: secondIssuer, orders };
  if (
    (await mayWait(tx, vault, study, { orders, statements: made })) &&
    (await isRetired(tx, vault, archived))
  )
    return holdStudy(tx, study, { who, why: behind, awaitsOrder: true, isNews: true });
  if (await isRefiled(tx, vault, study, { nodeId, identity }, secondIssuer)) return study;
  return liftStudy(tx, study, { who, why: 'the orders of the study now agree with the archive' });
}

/**
 * Whether a study waits for its archive to follow a merge: not where a person released what the archive states, nor,
 * without an order, where nobody has asked for it yet.
 */
async function mayWait(
  tx: Tx,
  vault: IdentityVault,
  { id, state }: StudyRow,
  { orders, statements }: Pick<ArchivedPatient, 'orders'> & { readonly statements: readonly StudyIdentity[] },
): Promise<boolean> {
  if (orders.length === 0 && state === 'incomplete') return false;
  return !statements.some(await releasedIdentities(tx, vault, id));
}

/** True while a study is held because its archive filed it under another patient, and no merge says that both are one. */
async function isRefiled(
  tx: Tx,
  vault: IdentityVault,
  study: StudyRow,
  { nodeId, identity }: ArchiveStatement,
  issuer: string | undefined,
): Promise<boolean> {
  if (study.state !== 'held' || !study.awaitsOrder || !(await wasHeldFor(tx, study, refiled))) return false;
  const images = await identityOfImages(tx, vault, study.id);
  const issuers = { firstIssuer: issuer, secondIssuer: issuer };
  return images === undefined || (await kinshipOf(tx, vault, nodeId, images, identity, issuers)) === 'none';
}

/** Judges studies anew that wait for their archive and their orders to agree. */
export async function judgeWaiting(
  tx: Tx,
  vault: IdentityVault,
  studyIds: readonly string[],
  who: string,
): Promise<void> {
  for (const id of studyIds) {
    const study = await lockRow(tx, StudyRow, id);
    const archive = await latestSeen(tx, vault, id);
    if (archive && study.state === 'held' && study.awaitsOrder)
      await judgeStudy(tx, vault, study, archive, who);
  }
}

/** True when test messages speak of a study: nothing else has announced it, and it stands on a test node. */
export async function hearsTests(tx: Tx, study: StudyRow, nodeId: string): Promise<boolean> {
  if (!study.testOnly) return false;
  const row = await rowOf<{ purpose: string | null }>(tx, `SELECT purpose FROM pacs_node WHERE id = $1`, [
    nodeId,
  ]);
  return row?.purpose === 'test';
}

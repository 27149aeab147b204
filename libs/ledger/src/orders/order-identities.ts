import type { StudyIdentity } from '@prelector/findings';
import type { IdentityVault } from '../identities/identity-vault.js';
import { accessionHmac, openIdentity } from '../identities/identities.js';
import { lockRow } from '../sql.js';
import type { Tx } from '../tx.js';
import { OrderRow } from './order.entity.js';
import { ordersOfStudy, ordersSpeakingOf } from './orders.js';

/** The order of that id, locked until the transaction ends; throws `ledger.not-found`. */
export function lockOrder(tx: Tx, id: string): Promise<OrderRow> {
  return lockRow(tx, OrderRow, id);
}

/** The study that orders are asked about. */
export interface SpokenOf {
  readonly id: string;
  readonly studyInstanceUid: string;
  /** Orders that a person knew of when releasing the study do not speak again. */
  readonly releasedAt?: Date | null | undefined;
}

/** The accession numbers an archive states, as orders may have been kept: with its issuer and without. */
export function accessionHmacs(vault: IdentityVault, identity: StudyIdentity): string[] {
  const { issuerOfAccessionNumber: _issuer, ...bare } = identity;
  return [accessionHmac(vault, identity), accessionHmac(vault, bare)].flatMap((hmac) => hmac ?? []);
}

/** Every order that may speak of a study: by its UID, or by the accession number the archive states. */
export async function ordersOfStudyOrAccession(
  tx: Tx,
  vault: IdentityVault,
  studyInstanceUid: string,
  archive: StudyIdentity,
): Promise<OrderRow[]> {
  const found: OrderRow[] = [];
  for (const accession of [undefined, ...accessionHmacs(vault, archive)]) {
    found.push(...(await ordersSpeakingOf(tx, { studyInstanceUid, accessionHmac: accession })));
  }
  return uniqueOrders(found);
}

function uniqueOrders(orders: readonly OrderRow[]): OrderRow[] {
  return [...new Map(orders.map((order) => [order.id, order])).values()];
}

/**
 * What the orders of a study state of it, to be compared with the archive. A study may have several accession
 * numbers, each on an order of its own, and an order several studies: so an accession number counts as the
 * archive's when one order of the study states that, and a Study Instance UID when the order names it.
 */
export async function identitiesOfOrders(
  tx: Tx,
  vault: IdentityVault,
  study: SpokenOf,
  archive: StudyIdentity,
): Promise<StudyIdentity[]> {
  const orders = uniqueOrders([
    ...(await ordersSpeakingOf(tx, { studyInstanceUid: study.studyInstanceUid })),
    ...(await ordersOfStudy(tx, study.id)),
  ]);
  const hmacs = accessionHmacs(vault, archive);
  const accessionKnown = orders.some(
    (order) => order.accessionHmac !== null && hmacs.includes(order.accessionHmac),
  );
  const identities: StudyIdentity[] = [];
  for (const order of orders) {
    if (study.releasedAt && order.updatedAt <= study.releasedAt) continue;
    const identity = order.identityId && (await openIdentity(tx, vault, order.identityId));
    if (identity) identities.push(comparableIdentity(identity, order, study, accessionKnown));
  }
  return identities;
}

function comparableIdentity(
  identity: StudyIdentity,
  order: OrderRow,
  { studyInstanceUid }: SpokenOf,
  accessionKnown: boolean,
): StudyIdentity {
  const { studyInstanceUid: _uid, accessionNumber, issuerOfAccessionNumber, ...rest } = identity;
  const own = order.studyInstanceUids;
  return {
    ...rest,
    ...(own.length === 0 || own.includes(studyInstanceUid) ? {} : { studyInstanceUid: own[0] as string }),
    ...(accessionKnown || accessionNumber === undefined ? {} : { accessionNumber }),
    ...(accessionKnown || issuerOfAccessionNumber === undefined ? {} : { issuerOfAccessionNumber }),
  };
}

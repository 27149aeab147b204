import type { StudyIdentity, Tie } from '@prelector/findings';
import { provisionalTies } from '@prelector/findings';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { KeptIdentity } from '../identities/identities.js';
import { openIdentity } from '../identities/identities.js';
import { releasedIdentities } from '../identities/released-identities.js';
import type { Tx } from '../tx.js';
import type { OrderRow } from '../orders/order.entity.js';
import { ordersMeeting } from '../orders/order-keys.js';
import { asSurvivor, kinshipOf, underNumberOf } from './kinship.js';
import { ordersById, ordersOfStudy, ordersSpeakingOf } from '../orders/orders.js';

/** The study that orders are asked about. */
export interface SpokenOf {
  readonly id: string;
  readonly studyInstanceUid: string;
  readonly testOnly?: boolean;
}

/** What an archive states of a study. */
export interface ArchiveStatement {
  readonly nodeId: string;
  readonly identity: StudyIdentity;
  /** A search stated its accession number, and no instance. */
  readonly isListed?: boolean | undefined;
  /** A search stated who the patient is, and no instance. */
  readonly isPatientListed?: boolean | undefined;
  /** Whose words the identity is made of, where it is not one alone: see `asInstancesState`. */
  readonly statements?: readonly StudyIdentity[] | undefined;
}

/** Every order that may speak of a study: by its UID, or by the accession number that archives state. */
export function ordersOfStudyOrAccession(
  tx: Tx,
  vault: IdentityVault,
  studyInstanceUid: string,
  { accessionNumber, issuerOfAccessionNumber }: StudyIdentity,
  nodeIds?: readonly string[],
): Promise<OrderRow[]> {
  const accession =
    accessionNumber === undefined
      ? undefined
      : { value: accessionNumber, namespace: issuerOfAccessionNumber };
  return ordersSpeakingOf(tx, vault, { studyInstanceUid, accession, ...(nodeIds ? { nodeIds } : {}) });
}

/** What one order states of a study. */
export interface OrderStatement {
  readonly orderId: string;
  /** The row of what it states. */
  readonly identityId: string | null;
  /** To be compared with the archive: under its number, where merges say that both are one patient. */
  readonly identity: StudyIdentity;
  readonly said: StudyIdentity;
}

/**
 * What the orders that are joined with a study state of it, to be compared with the archive. A study may have
 * several accession numbers, each on an order of its own, and an order several studies: so an accession number
 * counts as the archive's when one order of the study states that, and a Study Instance UID when the order
 * names it, or bears the study's accession number: not every modality takes over the UID it was given. An order that
 * is cancelled states nothing any more but that accession number. An
 * identity that a person saw when releasing the study does not speak again; any other of the same order does.
 *
 * @param secondIssuer the issuer that the archive's node is configured with
 */
export async function identitiesOfOrders(
  tx: Tx,
  vault: IdentityVault,
  study: SpokenOf,
  { nodeId, identity: archive }: ArchiveStatement,
  secondIssuer: string | undefined,
): Promise<OrderStatement[]> {
  const met = new Map((await ordersMeeting(tx, study.id)).map(({ orderId, by }) => [orderId, by]));
  const named = await ordersSpeakingOf(tx, vault, { studyInstanceUid: study.studyInstanceUid });
  const joined = await ordersOfStudy(tx, study.id);
  const ids = [...named, ...joined].map(({ id }) => id);
  const all = (await ordersById(tx, [...new Set(ids)])).filter(
    (order) => !order.testOnly || study.testOnly === true,
  );
  const orders = all.filter(({ state }) => state !== 'cancelled');
  const bearing = new Set((await ordersOfStudyOrAccession(tx, vault, '', archive)).map((order) => order.id));
  const accessionKnown = all.some((order) => bearing.has(order.id));
  const released = await releasedIdentities(tx, vault, study.id);
  const statements: OrderStatement[] = [];
  for (const order of orders) {
    const identity = order.identityId && (await openIdentity(tx, vault, order.identityId));
    const tie = { by: met.get(order.id), bearsAccession: bearing.has(order.id), accessionKnown };
    if (!identity || released(identity)) continue;
    // A number that was retired for the one that the archive states is that patient's.
    const kinship = await kinshipOf(tx, vault, nodeId, identity, archive, { secondIssuer });
    const isRetired = kinship === 'merged-into';
    const isOne = kinship === 'same-number';
    const current = isRetired
      ? asSurvivor(identity, archive)
      : isOne
        ? underNumberOf(identity, archive)
        : identity;
    const comparable = comparableIdentity(current, archive.accessionNumber, order, study, tie);
    const { id: orderId, identityId } = order;
    statements.push({ orderId, identityId, identity: comparable, said: identity });
  }
  return statements;
}

interface Bond {
  readonly by: Tie | undefined;
  readonly bearsAccession: boolean;
  readonly accessionKnown: boolean;
}

function comparableIdentity(
  identity: KeptIdentity,
  archived: string | undefined,
  order: OrderRow,
  { studyInstanceUid }: SpokenOf,
  { by, bearsAccession, accessionKnown }: Bond,
): StudyIdentity {
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = identity;
  const { accessionNumber, issuerOfAccessionNumber } = identity;
  const own = order.studyInstanceUids;
  const isProvisional = by !== undefined && provisionalTies.includes(by);
  const isTied =
    isProvisional || own.length === 0 || bearsAccession || by === 'study' || own.includes(studyInstanceUid);
  // Images may have been made under a number that was corrected since.
  const isFormer = identity.accessions?.some(
    ({ source, value }) => source === 'former' && value === archived,
  );
  const stated = {
    patientId,
    issuerOfPatientId,
    otherPatientIds,
    name,
    birthDate,
    sex,
    studyInstanceUid: isTied ? undefined : own[0],
    ...(accessionKnown || isProvisional || isFormer ? {} : { accessionNumber, issuerOfAccessionNumber }),
  };
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));
}

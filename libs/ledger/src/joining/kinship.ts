import type { ComparisonOptions, StudyIdentity } from '@prelector/findings';
import { namespacesAgree } from '@prelector/findings';
import type { PatientKey, PatientNumber } from '../identities/identities.js';
import { namespaceKey, patientKey, patientKeys } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { Tx } from '../tx.js';
import { feedsOfNode, isSameNumber, leadsTo, mergesOf, standsFor } from '../identities/merged-numbers.js';

/** How two patient numbers stand to each other. */
export type Kinship = 'none' | 'merged-into' | 'merged-from' | 'same-number';

/** The issuers that stand in where a side states none, as in a comparison of identities. */
export type StandIns = Pick<ComparisonOptions, 'firstIssuer' | 'secondIssuer'>;

/**
 * Whether a merge, or several one after the other, made one number the other: `merged-into` when the first was
 * retired for the second, `merged-from` when the second was retired for the first; any of several numbers of the
 * first. `same-number`: the second was retired for the first, and is the same but for an issuer that only its node's
 * configuration names, so that what is stored can state no newer one. Only the feeds that speak for the node say so: at
 * another hospital the same numbers are other patients.
 */
export async function kinshipOf(
  tx: Tx,
  vault: IdentityVault,
  nodeId: string,
  first: StudyIdentity,
  second: PatientNumber,
  { firstIssuer, secondIssuer }: StandIns,
): Promise<Kinship> {
  if (!first.patientId || !second.patientId) return 'none';
  const b = patientKey(vault, issuedBy(second, secondIssuer));
  const numbers = patientKeys(vault, issuedBy(first, firstIssuer));
  if (numbers.some((each) => isSameNumber(each, b))) return 'none';
  const feedIds = await feedsOfNode(tx, nodeId);
  for (const a of numbers) {
    if (await leadsTo(tx, feedIds, a, b)) return 'merged-into';
    const isUnstated = a.number === b.number && second.issuerOfPatientId === undefined;
    if (await leadsTo(tx, feedIds, b, a)) return isUnstated ? 'same-number' : 'merged-from';
  }
  return 'none';
}

/** A patient number with the issuer that stands in where it states none. */
export function issuedBy<T extends PatientNumber>(patient: T, issuer: string | undefined): T {
  return patient.issuerOfPatientId === undefined && issuer
    ? { ...patient, issuerOfPatientId: issuer }
    : patient;
}

/** What an archive states of a patient, and what says who issued that number where it does not. */
export interface ArchivedPatient {
  readonly nodeId: string;
  readonly identity: PatientNumber;
  /** The issuer that the node's configuration names. */
  readonly issuer: string | undefined;
  /** What the orders of the study state. */
  readonly orders: readonly StudyIdentity[];
}

/**
 * Whether a merge retired the number that an archive states for another one, by the feeds that speak for the node. A
 * merge of one number over two authorities retires none for an archive that states no issuer: it states the
 * survivor's number already. Nor does one of another authority than the number's own.
 */
export async function isRetired(
  tx: Tx,
  vault: IdentityVault,
  { nodeId, identity, issuer, orders }: ArchivedPatient,
): Promise<boolean> {
  if (!identity.patientId) return false;
  const own = patientKey(vault, identity);
  const feedIds = await feedsOfNode(tx, nodeId);
  const merges = await mergesOf(tx, feedIds, own.number);
  if (merges.length === 0) return false;
  const namespaces = own.namespace
    ? [own.namespace]
    : issuer
      ? [namespaceKey(vault, issuer)]
      : await namespacesMeant(tx, vault, { feedIds, own, orders });
  for (const { retired, survivor } of merges) {
    if (!namespaces.some((each) => namespacesAgree(each, retired.namespace))) continue;
    if (!isSameNumber(survivor, own) && !(await leadsTo(tx, feedIds, survivor, own))) return true;
  }
  return false;
}

/** Under which namespaces the orders of a study bear the number of its archive, themselves or by merges. */
async function namespacesMeant(
  tx: Tx,
  vault: IdentityVault,
  { feedIds, own, orders }: { feedIds: readonly string[]; own: PatientKey; orders: readonly StudyIdentity[] },
): Promise<string[]> {
  const meant: PatientKey[] = [];
  for (const key of orders.flatMap((each) => patientKeys(vault, each)))
    meant.push(key, ...(await standsFor(tx, feedIds, key)));
  const namespaces = meant.filter(({ number }) => number === own.number).map(({ namespace }) => namespace);
  return namespaces.length > 0 ? namespaces : [own.namespace];
}

/**
 * What an order states of a patient whose number was retired for the one that an archive states. Name, birth date and sex
 * were those of the retired number (`UNKNOWN`, until a patient is known) and say nothing of the survivor.
 */
export function asSurvivor<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { name: _name, birthDate: _birthDate, sex: _sex, ...rest } = identity;
  return underNumberOf(rest as T, archive);
}

/** An identity under the number that an archive states, where a merge says that it is the same patient. */
export function underNumberOf<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { patientId, issuerOfPatientId } = archive;
  const { patientId: _id, issuerOfPatientId: _issuer, otherPatientIds: _others, ...rest } = identity;
  return {
    ...rest,
    ...(patientId === undefined ? {} : { patientId }),
    ...(issuerOfPatientId === undefined ? {} : { issuerOfPatientId }),
  } as T;
}

/** An order's identity as it is joined with an archive's: under the archive's number, where a merge made both one patient. */
export function asKin<T extends StudyIdentity>(kinship: Kinship, identity: T, archive: StudyIdentity): T {
  if (kinship === 'none') return identity;
  return kinship === 'merged-into' ? asSurvivor(identity, archive) : underNumberOf(identity, archive);
}

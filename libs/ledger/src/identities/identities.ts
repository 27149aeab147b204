import { randomUUIDv7 } from 'node:crypto';
import type { ImageIdentity, StudyIdentity } from '@prelector/findings';
import { namespaceParts, namespaceText, namespacesAgree } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { ledgerError } from '../errors.js';
import { insertRow, rowOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { IdentityRow, IdentitySightingRow } from './identity.entity.js';
import type { SightingStage } from './identity.entity.js';
import type { IdentityVault, Sealed } from './identity-vault.js';

/** What an identity row holds: the identity, and for an order the numbers by which it is known. */
export interface KeptIdentity extends StudyIdentity {
  /** What an image stated of each identifying attribute, see `ImageIdentity`. */
  readonly stated?: ImageIdentity['stated'];
  readonly placerOrderNumber?: string;
  readonly fillerOrderNumber?: string;
  readonly requestedProcedureId?: string;
  /** Assigning authorities within which the order numbers are unique. */
  readonly placerNamespace?: string;
  readonly fillerNamespace?: string;
  /** Every accession number; `possible`: an order number that may be one, `former`: one that was corrected since. */
  readonly accessions?: readonly {
    readonly value: string;
    readonly issuer?: string | undefined;
    readonly source: 'stated' | 'possible' | 'former';
  }[];
}

const CONTEXT = 'identity';

/**
 * HMACs by which the patients of orders are told apart, compared by {@link isOnePatient}: of number and issuer together,
 * then each number and its issuer apart. Undefined without a Patient ID.
 */
export function patientHmac(vault: IdentityVault, identity: StudyIdentity): string | undefined {
  const { patientId, issuerOfPatientId } = identity;
  if (patientId === undefined) return undefined;
  const numbers = patientKeys(vault, identity);
  return [
    vault.hmac('patient', patientId.trim(), issuerOfPatientId?.trim()),
    ...numbers.map(({ number, namespace }) => `${number}#${namespace}`),
  ].join(' ');
}

/** Whether two `patientHmac` are one patient's: one number under issuers that agree. */
export function isOnePatient(a: string, b: string): boolean {
  if (a.split(' ')[0] === b.split(' ')[0]) return true;
  const others = numbersOfHmac(b);
  return numbersOfHmac(a).some((one) =>
    others.some((other) => one.number === other.number && namespacesAgree(one.namespace, other.namespace)),
  );
}

/** The keys of the numbers of a patient, as its `patientHmac` holds them. */
export function numbersOfHmac(hmac: string): PatientKey[] {
  return hmac
    .split(' ')
    .slice(1)
    .map((each) => {
      const [number = '', namespace = ''] = each.split('#');
      return { number, namespace };
    });
}

/** What names a patient within an issuer. */
export type PatientNumber = Pick<StudyIdentity, 'patientId' | 'issuerOfPatientId'>;

/** A patient number as it is looked up: HMACs of the number and of its issuer, empty where none is stated. */
export interface PatientKey {
  readonly number: string;
  readonly namespace: string;
}

/** The key of a patient number. */
export function patientKey(
  vault: IdentityVault,
  { patientId = '', issuerOfPatientId }: PatientNumber,
): PatientKey {
  return {
    number: vault.hmac('patient number', patientId.trim()),
    namespace: namespaceKey(vault, issuerOfPatientId),
  };
}

/** The keys of every number of a patient; none without a Patient ID. */
export function patientKeys(vault: IdentityVault, identity: StudyIdentity): PatientKey[] {
  if (identity.patientId === undefined) return [];
  return [identity, ...(identity.otherPatientIds ?? [])].map((each) => patientKey(vault, each));
}

/** A namespace as it is looked up: the HMACs of its parts, in the form of `namespaceText`; empty where none is stated. */
export function namespaceKey(vault: IdentityVault, namespace: string | undefined): string {
  const { local, universal } = namespaceParts(namespace);
  const hmac = (part: string) => (part ? vault.hmac('namespace', part) : '');
  return namespaceText({ local: hmac(local), universal: hmac(universal) }) ?? '';
}

/** A new row that keeps an identity encrypted. */
export function identityRow(vault: IdentityVault, identity: KeptIdentity) {
  const sealed = vault.sealJson(identity, CONTEXT);
  const patient = identity.patientId === undefined ? undefined : patientKey(vault, identity);
  return {
    id: randomUUIDv7(),
    keyId: sealed.keyId,
    body: sealed.body,
    contentHmac: vault.hmac('identity', canonicalJson(identity)),
    patientNumberHmac: patient?.number ?? null,
    patientNamespaceHmac: patient?.namespace ?? null,
  };
}

/** Keeps an identity encrypted and returns its row's id. */
export async function storeIdentity(tx: Tx, vault: IdentityVault, identity: KeptIdentity): Promise<string> {
  const { id } = await insertRow(tx, IdentityRow, identityRow(vault, identity));
  return id;
}

/** The identity in clear of a row that was read. */
export function openKeptIdentity(vault: IdentityVault, sealed: Sealed): KeptIdentity {
  return vault.openJson(sealed, CONTEXT) as KeptIdentity;
}

/** The identity in clear; undefined once it was purged. Throws `ledger.not-found`. */
export async function openIdentity(
  tx: Tx,
  vault: IdentityVault,
  id: string,
): Promise<KeptIdentity | undefined> {
  const row = await tx.findOneBy(IdentityRow, { id });
  if (!row) throw ledgerError('ledger.not-found', 'identity');
  if (row.body === null) return undefined;
  return openKeptIdentity(vault, { keyId: row.keyId, body: row.body });
}

export interface Sighting {
  readonly studyId: string;
  readonly runId?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly stage: SightingStage;
  readonly identity: StudyIdentity;
}

/** The id of an identity that a study showed before; undefined when it never did. */
export async function knownIdentity(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
  identity: StudyIdentity,
): Promise<string | undefined> {
  const known = await rowOf<{ id: string }>(
    tx,
    `SELECT i.id FROM identity_sighting s JOIN identity i ON i.id = s.identity_id
     WHERE s.study_id = $1 AND i.content_hmac = $2 LIMIT 1`,
    [studyId, vault.hmac('identity', canonicalJson(identity))],
  );
  return known?.id;
}

/**
 * Records which identity a study showed at a stage. An identity that the study showed before is not kept
 * twice: equal `identityId` means equal identity.
 */
export async function recordSighting(
  tx: Tx,
  vault: IdentityVault,
  sighting: Sighting,
): Promise<{ identityId: string }> {
  const { studyId, identity } = sighting;
  const identityId =
    (await knownIdentity(tx, vault, studyId, identity)) ?? (await storeIdentity(tx, vault, identity));
  await insertRow(tx, IdentitySightingRow, {
    id: randomUUIDv7(),
    studyId: sighting.studyId,
    runId: sighting.runId ?? null,
    nodeId: sighting.nodeId ?? null,
    stage: sighting.stage,
    identityId,
  });
  return { identityId };
}

/** The latest sighting of a study at a stage (of one run, where named), with the identity in clear. */
export async function latestSighting(
  tx: Tx,
  vault: IdentityVault,
  where: { studyId: string; stage: SightingStage; runId?: string },
): Promise<{ identityId: string; at: Date; identity: KeptIdentity | undefined } | undefined> {
  const row = await tx.findOne(IdentitySightingRow, { where, order: { at: 'DESC', id: 'DESC' } });
  if (!row) return undefined;
  return { identityId: row.identityId, at: row.at, identity: await openIdentity(tx, vault, row.identityId) };
}

/** What the images of a study stated when they were fetched last; undefined before, and once purged. */
export async function identityOfImages(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
): Promise<KeptIdentity | undefined> {
  const fetched = await latestSighting(tx, vault, { studyId, stage: 'fetch' });
  return fetched?.identity;
}

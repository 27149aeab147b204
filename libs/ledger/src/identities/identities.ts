import { randomUUIDv7 } from 'node:crypto';
import type { ImageIdentity, StudyIdentity } from '@prelector/findings';
import { namespaceParts, namespaceText, namespacesAgree } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { ledgerError } from '../errors.js';
import type { Statements } from '../sql.js';
import type { IdentityVault, Sealed } from './identity-vault.js';
import type { SightingStage } from './identity.entity.js';
import { IdentityRow, IdentitySightingRow } from './identity.entity.js';

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

/** What names a patient within an issuer. */
export type PatientNumber = Pick<StudyIdentity, 'patientId' | 'issuerOfPatientId'>;

/** A patient number as it is looked up: HMACs of the number and of its issuer, empty where none is stated. */
export interface PatientKey {
  readonly number: string;
  readonly namespace: string;
}

export interface Sighting {
  readonly studyId: string;
  readonly runId?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly stage: SightingStage;
  readonly identity: StudyIdentity;
}

/** What a person looked at who releases a study. */
export interface SeenAtRelease {
  readonly id: string;
  readonly who: string;
  /** The event of the last of the reasons that the person answers, see `holds.lastReason`. */
  readonly reason: string | undefined;
}

/** What is covered besides what the study itself had shown. */
export interface Covered {
  /** What the archive states now, and what an order states of which the person says that it means this study. */
  readonly identityIds: readonly (string | null)[];
  /** Orders that speak of the study, by their ids: what they stated when the last reason was given, if they were there. */
  readonly orderIds?: readonly string[];
}

/** Identities, encrypted: what orders state, what studies showed at each stage, what a person released. */
export class Identities {
  constructor(private readonly sql: Statements) {}

  /** Keeps an identity encrypted and returns its row's id. */
  async store(identity: KeptIdentity): Promise<string> {
    const { id } = await this.sql.insertRow(IdentityRow, identityRow(this.sql.vault, identity));
    return id;
  }

  /** The identity in clear; undefined once it was purged. Throws `ledger.not-found`. */
  async open(id: string): Promise<KeptIdentity | undefined> {
    const row = await this.sql.manager.findOneBy(IdentityRow, { id });
    if (!row) throw ledgerError('ledger.not-found', 'identity');
    if (row.body === null) return undefined;
    return openKeptIdentity(this.sql.vault, { keyId: row.keyId, body: row.body });
  }

  /** The id of an identity that a study showed before; undefined when it never did. */
  async knownIdentity(studyId: string, identity: StudyIdentity): Promise<string | undefined> {
    const known = await this.sql.row<{ id: string }>(
      `SELECT i.id FROM identity_sighting s JOIN identity i ON i.id = s.identity_id
       WHERE s.study_id = $1 AND i.content_hmac = $2 LIMIT 1`,
      [studyId, this.sql.vault.hmac('identity', canonicalJson(identity))],
    );
    return known?.id;
  }

  /**
   * Records which identity a study showed at a stage. An identity that the study showed before is not kept
   * twice: equal `identityId` means equal identity.
   */
  async recordSighting(sighting: Sighting): Promise<{ identityId: string }> {
    const { studyId, identity } = sighting;
    const identityId = (await this.knownIdentity(studyId, identity)) ?? (await this.store(identity));
    await this.sql.insertRow(IdentitySightingRow, {
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
  async latestSighting(where: {
    studyId: string;
    stage: SightingStage;
    runId?: string;
  }): Promise<{ identityId: string; at: Date; identity: KeptIdentity | undefined } | undefined> {
    const row = await this.sql.manager.findOne(IdentitySightingRow, {
      where,
      order: { at: 'DESC', id: 'DESC' },
    });
    if (!row) return undefined;
    return { identityId: row.identityId, at: row.at, identity: await this.open(row.identityId) };
  }

  /** What the images of a study stated when they were fetched last; undefined before, and once purged. */
  async ofImages(studyId: string): Promise<KeptIdentity | undefined> {
    const fetched = await this.latestSighting({ studyId, stage: 'fetch' });
    return fetched?.identity;
  }

  /**
   * Keeps what a person took as one patient when releasing a study: every identity that it and its orders had shown when
   * the last reason for the hold was given (what was read back of our own apart), and those named here. What came after the
   * last reason nobody was told of, so it is covered by nothing.
   */
  async release(study: SeenAtRelease, { identityIds, orderIds = [] }: Covered): Promise<void> {
    const seen = await this.sql.rows<{ id: string }>(
      `SELECT identity_id AS id FROM identity_sighting WHERE study_id = $1 AND stage <> 'read-back'
         AND at <= (SELECT at FROM event WHERE id = $2)
       UNION SELECT identity_id FROM study WHERE id = $1 AND identity_id IS NOT NULL
       UNION SELECT i.id FROM study_order o JOIN identity i ON i.id = o.identity_id
         LEFT JOIN order_study j ON j.order_id = o.id AND j.study_id = $1
       WHERE o.id = ANY($3) AND greatest(i.created_at, j.at) <= (SELECT at FROM event WHERE id = $2)`,
      [study.id, study.reason ?? null, orderIds],
    );
    const ids = new Set([...seen.map(({ id }) => id), ...identityIds.flatMap((id) => id ?? [])]);
    for (const id of ids) {
      const identity = await this.open(id);
      if (!identity) continue;
      const { stated: _all, ...compared } = identity;
      // Who asks later, of a report or of what a search lists, may have less of it than the image stated.
      for (const each of [identity, compared])
        await this.sql.rows(
          `INSERT INTO released_identity (study_id, content_hmac, who) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
          [study.id, statedHmac(this.sql.vault, each), study.who],
        );
    }
  }

  /** Tells of an identity whether a person released it for a study: exactly that one, in every attribute it states. */
  async releasedOf(studyId: string): Promise<(identity: KeptIdentity) => boolean> {
    const rows = await this.sql.rows<{ hmac: string }>(
      `SELECT content_hmac AS hmac FROM released_identity WHERE study_id = $1`,
      [studyId],
    );
    const released = new Set(rows.map(({ hmac }) => hmac));
    return (identity) => released.size > 0 && released.has(statedHmac(this.sql.vault, identity));
  }
}

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

/** The identity in clear of a row that was read. */
export function openKeptIdentity(vault: IdentityVault, sealed: Sealed): KeptIdentity {
  return vault.openJson(sealed, CONTEXT) as KeptIdentity;
}

/**
 * HMAC of what an identity states of patient and study, whoever stated it: header, archive or order; with all that
 * identifies in a report where an image stated it.
 */
function statedHmac(vault: IdentityVault, identity: KeptIdentity): string {
  const { patientId, issuerOfPatientId, name, birthDate, sex } = identity;
  const { studyInstanceUid, accessionNumber, issuerOfAccessionNumber } = identity;
  const patient = { patientId, issuerOfPatientId, name, birthDate, sex };
  const study = { studyInstanceUid, accessionNumber, issuerOfAccessionNumber };
  return vault.hmac(
    'released',
    canonicalJson(JSON.parse(JSON.stringify({ ...patient, ...study, stated: identity.stated }))),
  );
}

import type { StudyIdentity } from '@prelector/findings';
import { withoutEmpty } from '@prelector/findings';
import type { KeptIdentity } from '../identities/identities.js';
import { openKeptIdentity, patientKey } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { issuedBy } from '../identities/kinship.js';
import type { Patients } from '../identities/patients.js';
import { isSameNumber } from '../identities/patients.js';
import type { Statements } from '../sql.js';
import type { StudyRow } from '../studies/study.entity.js';

/** What an archive stated of a study, once. */
interface Seen {
  readonly nodeId: string;
  readonly identity: KeptIdentity;
}

interface SeenRow {
  readonly nodeId: string;
  readonly keyId: string;
  readonly body: Buffer | null;
}

/** Stages at which the file of an instance said who the patient is; at an announcement a search did. */
const statedByInstance = `('look', 'fetch', 'store')`;

/** What an archive states of a study. */
export interface ArchiveStatement {
  readonly nodeId: string;
  readonly identity: StudyIdentity;
  /** A search stated its accession number, and no instance. */
  readonly isListed?: boolean | undefined;
  /** A search stated who the patient is, and no instance. */
  readonly isPatientListed?: boolean | undefined;
  /** Whose words the identity is made of, where it is not one alone: see `archives.asInstancesState`. */
  readonly statements?: readonly StudyIdentity[] | undefined;
}

/** What archives state of studies. */
export class Archives {
  constructor(
    private readonly sql: Statements,
    private readonly patients: Patients,
  ) {}

  /** What an instance of a study stated last, on that node if it ever did there; undefined before, and once purged. */
  async statedByInstances(studyId: string, nodeId: string): Promise<Seen | undefined> {
    const [row] = await this.sql.rows<SeenRow>(
      `SELECT g.node_id AS "nodeId", i.key_id AS "keyId", i.body FROM identity_sighting g
         JOIN identity i ON i.id = g.identity_id
       WHERE g.study_id = $1 AND g.node_id IS NOT NULL AND g.stage IN ${statedByInstance}
       ORDER BY g.node_id = $2 DESC, g.at DESC, g.id DESC LIMIT 1`,
      [studyId, nodeId],
    );
    return opened(this.sql.vault, row);
  }

  /**
   * What an archive states of a study, as orders are compared with it. What a search alone states of the patient gives way
   * to what an instance stated before: searches state no name, and lose characters. A Patient ID that contradicts the
   * instances' says nothing, unless a merge made theirs that one, which the archive then has followed; what another node's
   * instances stated counts for the same Patient ID alone.
   */
  async asInstancesState(studyId: string, archive: ArchiveStatement): Promise<ArchiveStatement> {
    if (!archive.isPatientListed) return archive;
    const { nodeId, identity: listed } = archive;
    const seen = await this.statedByInstances(studyId, nodeId);
    if (!seen) return archive;
    const { identity: stated } = seen;
    const issuer = await this.issuerOf(nodeId);
    const issuerThere = seen.nodeId === nodeId ? issuer : await this.issuerOf(seen.nodeId);
    const isOne =
      !stated.patientId ||
      !listed.patientId ||
      isSameNumber(
        patientKey(this.sql.vault, issuedBy(stated, issuerThere)),
        patientKey(this.sql.vault, issuedBy(listed, issuer)),
      );
    if (isOne)
      return { ...archive, identity: { ...listed, ...patientOf(stated) }, statements: [listed, stated] };
    if (seen.nodeId !== nodeId) return archive;
    const issuers = { firstIssuer: issuer, secondIssuer: issuer };
    if ((await this.patients.kinship(nodeId, stated, listed, issuers)) === 'merged-into') return archive;
    const { patientId: _id, issuerOfPatientId: _of, otherPatientIds: _others, ...rest } = listed;
    const { name: _name, birthDate: _date, sex: _sex, ...study } = rest;
    return { ...archive, identity: { ...study, ...patientOf(stated) }, statements: [stated] };
  }

  /**
   * What an archive stated last of a study, at whichever stage, the patient as its instances state them (see
   * `archives.asInstancesState`); undefined before the first, and once purged.
   */
  async latestSeen(studyId: string): Promise<ArchiveStatement | undefined> {
    const [row] = await this.sql.rows<SeenRow & { isPatientListed: boolean }>(
      `SELECT g.node_id AS "nodeId", i.key_id AS "keyId", i.body,
         g.stage NOT IN ${statedByInstance} AS "isPatientListed"
       FROM identity_sighting g JOIN identity i ON i.id = g.identity_id
       WHERE g.study_id = $1 AND g.node_id IS NOT NULL AND g.stage <> 'read-back'
       ORDER BY g.at DESC, g.id DESC LIMIT 1`,
      [studyId],
    );
    const seen = opened(this.sql.vault, row);
    return row && seen
      ? this.asInstancesState(studyId, { ...seen, isPatientListed: row.isPatientListed })
      : undefined;
  }

  /** The assigning authority of a node, which stands in for an issuer that its archive leaves out. */
  async issuerOf(nodeId: string): Promise<string | undefined> {
    const row = await this.sql.row<{ issuer: string | null }>(
      `SELECT body ->> 'issuerOfPatientId' AS issuer FROM pacs_node WHERE id = $1`,
      [nodeId],
    );
    return row?.issuer ?? undefined;
  }

  /** True when test messages speak of a study: nothing else has announced it, and it stands on a test node. */
  async hearsTests(study: StudyRow, nodeId: string): Promise<boolean> {
    if (!study.testOnly) return false;
    const row = await this.sql.row<{ purpose: string | null }>(
      `SELECT purpose FROM pacs_node WHERE id = $1`,
      [nodeId],
    );
    return row?.purpose === 'test';
  }
}

/** Of an identity what says who the patient is. */
function patientOf(identity: StudyIdentity): StudyIdentity {
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = identity;
  return {
    ...withoutEmpty({ patientId, issuerOfPatientId, name, birthDate, sex }),
    ...(otherPatientIds ? { otherPatientIds } : {}),
  };
}

function opened(vault: IdentityVault, row: SeenRow | undefined): Seen | undefined {
  if (!row?.body) return undefined;
  return { nodeId: row.nodeId, identity: openKeptIdentity(vault, { keyId: row.keyId, body: row.body }) };
}

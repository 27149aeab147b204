import type { StudyIdentity } from '@prelector/findings';
import { withoutEmpty } from '@prelector/findings';
import type { KeptIdentity } from '../identities/identities.js';
import { openKeptIdentity, patientKey } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { isSameNumber } from '../identities/merged-numbers.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { issuedBy, kinshipOf } from './kinship.js';
import { issuerOfNode } from './node-issuer.js';
import type { ArchiveStatement } from './order-identities.js';

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

/** What an instance of a study stated last, on that node if it ever did there; undefined before, and once purged. */
export async function statedByInstances(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
  nodeId: string,
): Promise<Seen | undefined> {
  const [row] = await rowsOf<SeenRow>(
    tx,
    `SELECT g.node_id AS "nodeId", i.key_id AS "keyId", i.body FROM identity_sighting g
       JOIN identity i ON i.id = g.identity_id
     WHERE g.study_id = $1 AND g.node_id IS NOT NULL AND g.stage IN ${statedByInstance}
     ORDER BY g.node_id = $2 DESC, g.at DESC, g.id DESC LIMIT 1`,
    [studyId, nodeId],
  );
  return opened(vault, row);
}

/**
 * What an archive states of a study, as orders are compared with it. What a search alone states of the patient gives way
 * to what an instance stated before: searches state no name, and lose characters. A Patient ID that contradicts the
 * instances' says nothing, unless a merge made theirs that one, which the archive then has followed; what another node's
 * instances stated counts for the same Patient ID alone.
 */
export async function asInstancesState(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
  archive: ArchiveStatement,
): Promise<ArchiveStatement> {
  if (!archive.isPatientListed) return archive;
  const { nodeId, identity: listed } = archive;
  const seen = await statedByInstances(tx, vault, studyId, nodeId);
  if (!seen) return archive;
  const { identity: stated } = seen;
  const issuer = await issuerOfNode(tx, nodeId);
  const issuerThere = seen.nodeId === nodeId ? issuer : await issuerOfNode(tx, seen.nodeId);
  const isOne =
    !stated.patientId ||
    !listed.patientId ||
    isSameNumber(
      patientKey(vault, issuedBy(stated, issuerThere)),
      patientKey(vault, issuedBy(listed, issuer)),
    );
  if (isOne)
    return { ...archive, identity: { ...listed, ...patientOf(stated) }, statements: [listed, stated] };
  if (seen.nodeId !== nodeId) return archive;
  const issuers = { firstIssuer: issuer, secondIssuer: issuer };
  if ((await kinshipOf(tx, vault, nodeId, stated, listed, issuers)) === 'merged-into') return archive;
  const { patientId: _id, issuerOfPatientId: _of, otherPatientIds: _others, ...rest } = listed;
  const { name: _name, birthDate: _date, sex: _sex, ...study } = rest;
  return { ...archive, identity: { ...study, ...patientOf(stated) }, statements: [stated] };
}

/** Of an identity what says who the patient is. */
function patientOf(identity: StudyIdentity): StudyIdentity {
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = identity;
  return {
    ...withoutEmpty({ patientId, issuerOfPatientId, name, birthDate, sex }),
    ...(otherPatientIds ? { otherPatientIds } : {}),
  };
}

/**
 * What an archive stated last of a study, at whichever stage, the patient as its instances state them (see
 * `asInstancesState`); undefined before the first, and once purged.
 */
export async function latestSeen(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
): Promise<ArchiveStatement | undefined> {
  const [row] = await rowsOf<SeenRow & { isPatientListed: boolean }>(
    tx,
    `SELECT g.node_id AS "nodeId", i.key_id AS "keyId", i.body,
       g.stage NOT IN ${statedByInstance} AS "isPatientListed"
     FROM identity_sighting g JOIN identity i ON i.id = g.identity_id
     WHERE g.study_id = $1 AND g.node_id IS NOT NULL AND g.stage <> 'read-back'
     ORDER BY g.at DESC, g.id DESC LIMIT 1`,
    [studyId],
  );
  const seen = opened(vault, row);
  return row && seen
    ? asInstancesState(tx, vault, studyId, { ...seen, isPatientListed: row.isPatientListed })
    : undefined;
}

function opened(vault: IdentityVault, row: SeenRow | undefined): Seen | undefined {
  if (!row?.body) return undefined;
  return { nodeId: row.nodeId, identity: openKeptIdentity(vault, { keyId: row.keyId, body: row.body }) };
}

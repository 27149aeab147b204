import type { StudyIdentity } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { openIdentity } from './identities.js';
import type { IdentityVault } from './identity-vault.js';

/** HMAC of what an identity states of patient and study, whoever stated it: header, archive or order. */
function statedHmac(vault: IdentityVault, identity: StudyIdentity): string {
  const { patientId, issuerOfPatientId, name, birthDate, sex } = identity;
  const { studyInstanceUid, accessionNumber, issuerOfAccessionNumber } = identity;
  const patient = { patientId, issuerOfPatientId, name, birthDate, sex };
  const study = { studyInstanceUid, accessionNumber, issuerOfAccessionNumber };
  return vault.hmac('released', canonicalJson(JSON.parse(JSON.stringify({ ...patient, ...study }))));
}

/**
 * Keeps what a person took as one patient when releasing a study: every identity that it showed until then
 * (what was read back of our own apart), and those that the orders named here state.
 */
export async function releaseSeenIdentities(
  tx: Tx,
  vault: IdentityVault,
  study: { readonly id: string; readonly who: string },
  orderIdentityIds: readonly (string | null)[],
): Promise<void> {
  const seen = await rowsOf<{ id: string }>(
    tx,
    `SELECT identity_id AS id FROM identity_sighting WHERE study_id = $1 AND stage <> 'read-back'
     UNION SELECT identity_id FROM study WHERE id = $1 AND identity_id IS NOT NULL`,
    [study.id],
  );
  const ids = new Set([...seen.map(({ id }) => id), ...orderIdentityIds.flatMap((id) => id ?? [])]);
  for (const id of ids) {
    const identity = await openIdentity(tx, vault, id);
    if (!identity) continue;
    await rowsOf(
      tx,
      `INSERT INTO released_identity (study_id, content_hmac, who) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [study.id, statedHmac(vault, identity), study.who],
    );
  }
}

/** Tells of an identity whether a person released it for a study: exactly that one, in every attribute it states. */
export async function releasedIdentities(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
): Promise<(identity: StudyIdentity) => boolean> {
  const rows = await rowsOf<{ hmac: string }>(
    tx,
    `SELECT content_hmac AS hmac FROM released_identity WHERE study_id = $1`,
    [studyId],
  );
  const released = new Set(rows.map(({ hmac }) => hmac));
  return (identity) => released.size > 0 && released.has(statedHmac(vault, identity));
}

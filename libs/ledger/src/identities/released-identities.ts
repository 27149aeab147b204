import { canonicalJson } from '@prelector/kernel';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { KeptIdentity } from './identities.js';
import { openIdentity } from './identities.js';
import type { IdentityVault } from './identity-vault.js';

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

/** What a person looked at who releases a study. */
export interface SeenAtRelease {
  readonly id: string;
  readonly who: string;
  /** The event of the last of the reasons that the person answers, see `lastReason`. */
  readonly reason: string | undefined;
}

/** What is covered besides what the study itself had shown. */
export interface Covered {
  /** What the archive states now, and what an order states of which the person says that it means this study. */
  readonly identityIds: readonly (string | null)[];
  /** Orders that speak of the study, by their ids: what they stated when the last reason was given, if they were there. */
  readonly orderIds?: readonly string[];
}

/**
 * Keeps what a person took as one patient when releasing a study: every identity that it and its orders had shown when
 * the last reason for the hold was given (what was read back of our own apart), and those named here. What came after the
 * last reason nobody was told of, so it is covered by nothing.
 */
export async function releaseSeenIdentities(
  tx: Tx,
  vault: IdentityVault,
  study: SeenAtRelease,
  { identityIds, orderIds = [] }: Covered,
): Promise<void> {
  const seen = await rowsOf<{ id: string }>(
    tx,
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
    const identity = await openIdentity(tx, vault, id);
    if (!identity) continue;
    const { stated: _all, ...compared } = identity;
    // Who asks later, of a report or of what a search lists, may have less of it than the image stated.
    for (const each of [identity, compared])
      await rowsOf(
        tx,
        `INSERT INTO released_identity (study_id, content_hmac, who) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [study.id, statedHmac(vault, each), study.who],
      );
  }
}

/** Tells of an identity whether a person released it for a study: exactly that one, in every attribute it states. */
export async function releasedIdentities(
  tx: Tx,
  vault: IdentityVault,
  studyId: string,
): Promise<(identity: KeptIdentity) => boolean> {
  const rows = await rowsOf<{ hmac: string }>(
    tx,
    `SELECT content_hmac AS hmac FROM released_identity WHERE study_id = $1`,
    [studyId],
  );
  const released = new Set(rows.map(({ hmac }) => hmac));
  return (identity) => released.size > 0 && released.has(statedHmac(vault, identity));
}

import type { ChangedBy } from '../configuration/apply-site.js';
import { recordEvent } from '../events/record-event.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** What was emptied, and the artifacts whose bytes the caller removes from the store afterwards. */
export interface Purged {
  readonly identities: number;
  readonly noticeBodies: number;
  readonly artifacts: readonly string[];
}

/**
 * Empties everything by which the patient of a study could be recognised and that no other study shows:
 * identities, HL7 bodies, look-up HMACs, artifacts with identity. Rows, UIDs, digests and the story remain.
 * The study's row is locked: no delivery of it begins meanwhile, and none afterwards.
 */
export async function purgeStudy(tx: Tx, studyId: string, by: ChangedBy): Promise<Purged> {
  // Stronger than the lock under which a study is decided on: what is being written of it now is waited for, too.
  await rowsOf(tx, `SELECT id FROM study WHERE id = $1 FOR UPDATE`, [studyId]);
  const identities = await emptyIdentities(tx, studyId);
  await rowsOf(tx, `DELETE FROM released_identity WHERE study_id = $1`, [studyId]);
  const bodies = await rowsOf(
    tx,
    `DELETE FROM notice_body WHERE notice_id IN (
       SELECT notice_id FROM notice_subject WHERE subject_id = $1 OR subject_id IN
         (SELECT order_id FROM order_study WHERE study_id = $1)) RETURNING notice_id`,
    [studyId],
  );
  await rowsOf(
    tx,
    `WITH own (id) AS (SELECT order_id FROM order_study WHERE study_id = $1
       EXCEPT SELECT order_id FROM order_study WHERE study_id <> $1),
     keys AS (DELETE FROM order_key WHERE kind <> 'study' AND order_id IN (SELECT id FROM own))
     UPDATE study_order SET patient_hmac = NULL, former_patients = '{}', set_aside = '{}' WHERE id IN (SELECT id FROM own)`,
    [studyId],
  );
  await rowsOf(tx, `DELETE FROM study_key WHERE study_id = $1`, [studyId]);
  const artifacts = await rowsOf<{ digest: string }>(
    tx,
    `UPDATE artifact SET purged_at = now() WHERE purged_at IS NULL AND encrypted AND digest IN
       (SELECT artifact_digest FROM evidence WHERE study_id = $1)
       AND digest NOT IN (SELECT artifact_digest FROM evidence WHERE study_id <> $1) RETURNING digest`,
    [studyId],
  );
  const purged = {
    identities,
    noticeBodies: bodies.length,
    artifacts: artifacts.map((artifact) => artifact.digest),
  };
  await recordEvent(tx, {
    ...by,
    what: 'identity purged',
    subjectKind: 'study',
    subjectId: studyId,
    after: { identities, noticeBodies: bodies.length, artifacts: artifacts.length },
  });
  return purged;
}

async function emptyIdentities(tx: Tx, studyId: string): Promise<number> {
  const rows = await rowsOf(
    tx,
    `UPDATE identity SET body = NULL, content_hmac = NULL,
       patient_number_hmac = NULL, patient_namespace_hmac = NULL, purged_at = now()
     WHERE purged_at IS NULL AND id IN (
       SELECT identity_id FROM identity_sighting WHERE study_id = $1
       UNION SELECT identity_id FROM study WHERE id = $1
       UNION SELECT released_identity_id FROM study WHERE id = $1
       UNION SELECT identity_id FROM evidence WHERE study_id = $1
       UNION SELECT o.identity_id FROM study_order o JOIN order_study os ON os.order_id = o.id
         WHERE os.study_id = $1)
     AND NOT EXISTS (SELECT 1 FROM identity_sighting s
       WHERE s.identity_id = identity.id AND s.study_id <> $1)
     AND NOT EXISTS (SELECT 1 FROM study_order o JOIN order_study os ON os.order_id = o.id
       WHERE o.identity_id = identity.id AND os.study_id <> $1)
     RETURNING id`,
    [studyId],
  );
  return rows.length;
}

/** Removes the bytes of HL7 messages that came before a moment; their notices remain. */
export async function purgeNoticeBodies(tx: Tx, receivedBefore: Date): Promise<number> {
  const rows = await rowsOf(
    tx,
    `DELETE FROM notice_body USING notice WHERE notice.id = notice_body.notice_id
       AND notice.received_at < $1 RETURNING notice_id`,
    [receivedBefore],
  );
  return rows.length;
}

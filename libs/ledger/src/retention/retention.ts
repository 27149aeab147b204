import type { ChangedBy } from '../configuration/configuration-changes.js';
import type { Events } from '../events/events.js';
import type { Statements } from '../sql.js';

/** What was emptied, and the artifacts whose bytes the caller removes from the store afterwards. */
export interface Purged {
  readonly identities: number;
  readonly noticeBodies: number;
  readonly artifacts: readonly string[];
}

/** At most so many at a time: the rest go with the next sweep. */
const atATime = 1000;

/** Empties what names a patient. */
export class Retention {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /**
   * Empties everything by which the patient of a study could be recognised and that no other study shows:
   * identities, HL7 bodies, look-up HMACs, artifacts with identity. Rows, UIDs, digests and the story remain.
   * The study's row is locked: no delivery of it begins meanwhile, and none afterwards.
   */
  async purgeStudy(studyId: string, by: ChangedBy): Promise<Purged> {
    // Stronger than the lock under which a study is decided on: what is being written of it now is waited for, too.
    await this.sql.rows(`SELECT id FROM study WHERE id = $1 FOR UPDATE`, [studyId]);
    const identities = await this.#emptyIdentities(studyId);
    await this.sql.rows(`DELETE FROM released_identity WHERE study_id = $1`, [studyId]);
    const bodies = await this.sql.rows(
      `DELETE FROM notice_body WHERE notice_id IN (
         SELECT notice_id FROM notice_subject WHERE subject_id = $1 OR subject_id IN
           (SELECT order_id FROM order_study WHERE study_id = $1)) RETURNING notice_id`,
      [studyId],
    );
    await this.sql.rows(
      `WITH own (id) AS (SELECT order_id FROM order_study WHERE study_id = $1
         EXCEPT SELECT order_id FROM order_study WHERE study_id <> $1),
       keys AS (DELETE FROM order_key WHERE kind <> 'study' AND order_id IN (SELECT id FROM own))
       UPDATE study_order SET patient_hmac = NULL, former_patients = '{}', set_aside = '{}' WHERE id IN (SELECT id FROM own)`,
      [studyId],
    );
    await this.sql.rows(`DELETE FROM study_key WHERE study_id = $1`, [studyId]);
    const artifacts = await this.sql.rows<{ digest: string }>(
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
    await this.events.record({
      ...by,
      what: 'identity purged',
      subjectKind: 'study',
      subjectId: studyId,
      after: { identities, noticeBodies: bodies.length, artifacts: artifacts.length },
    });
    return purged;
  }

  async #emptyIdentities(studyId: string): Promise<number> {
    const rows = await this.sql.rows(
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
  async purgeNoticeBodies(receivedBefore: Date): Promise<number> {
    const rows = await this.sql.rows(
      `DELETE FROM notice_body USING notice WHERE notice.id = notice_body.notice_id
         AND notice.received_at < $1 RETURNING notice_id`,
      [receivedBefore],
    );
    return rows.length;
  }

  /**
   * Deletes the rows of artifacts of a media type that are older than so many seconds and that no evidence stands on.
   * Their digests are answered; the caller removes the bytes before the transaction ends.
   */
  async removeOrphanArtifacts(mediaType: string, olderThanSeconds: number): Promise<string[]> {
    const rows = await this.sql.rows<{ digest: string }>(
      `DELETE FROM artifact WHERE digest IN (
         SELECT a.digest FROM artifact a
         WHERE a.media_type = $1 AND a.created_at < clock_timestamp() - make_interval(secs => $2)
           AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.artifact_digest = a.digest)
         LIMIT $3)
       RETURNING digest`,
      [mediaType, olderThanSeconds, atATime],
    );
    return rows.map(({ digest }) => digest);
  }
}

import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** At most so many at a time: the rest go with the next sweep. */
const atATime = 1000;

/**
 * Deletes the rows of artifacts of a media type that are older than so many seconds and that no evidence stands on.
 * Their digests are answered; the caller removes the bytes before the transaction ends.
 */
export async function removeOrphanArtifacts(
  tx: Tx,
  mediaType: string,
  olderThanSeconds: number,
): Promise<string[]> {
  const rows = await rowsOf<{ digest: string }>(
    tx,
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

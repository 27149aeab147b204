import type { StudyIdentity } from '@prelector/findings';
import type { Ledger } from '@prelector/ledger';

/** What instances of a study stated before on a node that names it; undefined where none ever did there. */
export async function statedBefore(
  { pool }: Ledger,
  studyInstanceUid: string,
  nodeId: string,
): Promise<StudyIdentity | undefined> {
  const study = await pool.studies.byUid(studyInstanceUid);
  const seen = study && (await pool.archives.statedByInstances(study.id, nodeId));
  return seen?.nodeId === nodeId ? seen.identity : undefined;
}

import type { EvidenceRow, Tx } from '@prelector/ledger';
import type { Encoding } from './encoding-work.js';

/** The evidence that a run has for one presentation and the identity that the archive states now. */
export async function knownEvidence(tx: Tx, { work, presentation }: Encoding): Promise<EvidenceRow[]> {
  const newest = newestOfEachKind(
    (await tx.evidence.ofRun(work.run.id)).filter((each) => each.presentation === presentation),
  );
  if (newest.length === 0) return [];
  const identityId = await tx.identities.knownIdentity(work.study.id, work.view.identity);
  return newest.filter((each) => each.identityId === identityId);
}

/** What was encoded with an identity that the archive has left, and comes back to, is encoded anew. */
function newestOfEachKind(rows: readonly EvidenceRow[]): EvidenceRow[] {
  const newest = new Map<string, EvidenceRow>();
  for (const row of rows) {
    if (row.instanceNumber > (newest.get(row.kind)?.instanceNumber ?? 0)) newest.set(row.kind, row);
  }
  return [...newest.values()];
}

import type { EvidenceRow, Tx } from '@prelector/ledger';
import type { Encoding } from './encoding-work.js';
import type { PlaceInSeries } from './places.js';
import type { PreparedEvidence } from './prepare-evidence.js';

const who = 'results';

/**
 * Writes evidence whose bytes are kept, for places that are still those of the ledger. The study's row is locked by
 * the caller, so that two workers never take the same instance number.
 */
export async function createFrom(
  tx: Tx,
  { work, presentation }: Encoding,
  { places, objects }: PreparedEvidence,
  identityId: string,
): Promise<EvidenceRow[]> {
  const { run, study, findings } = work;
  const rows: EvidenceRow[] = [];
  for (const { digest, ...each } of objects) {
    const { seriesId, series, instanceNumber, predecessor } = places.get(each.kind) as PlaceInSeries;
    const place = { studyId: study.id, modelId: findings.model.id, kind: each.kind, presentation };
    const { evidence } = await tx.evidence.create(
      {
        runId: run.id,
        studyId: study.id,
        evidenceSeriesId: seriesId ?? (await tx.evidence.findOrCreateSeries({ ...series, ...place })).id,
        kind: each.kind,
        presentation,
        identityId,
        sopClassUid: each.sopClassUid,
        sopInstanceUid: each.sopInstanceUid,
        seriesInstanceUid: each.seriesInstanceUid,
        instanceNumber,
        template: each.templateId,
        transferSyntax: each.transferSyntaxUid,
        artifactDigest: digest,
        encodedAt: run.endedAt ?? run.createdAt,
        predecessorId: predecessor?.id,
      },
      who,
    );
    await tx.superseding.supersedeOlder(evidence.id, {
      who,
      why: 'a newer result took its place before it was sent',
    });
    rows.push(evidence);
  }
  return rows;
}

import { randomUUIDv7 } from 'node:crypto';
import type { Presentation } from '@prelector/findings';
import { recordEvent } from '../events/record-event.js';
import type { Ledger } from '../ledger.js';
import { insertOnce, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { ArtifactRow, EvidenceRow, EvidenceSeriesRow } from './evidence.entity.js';

/** What a series of evidence is at its first use, and stays. */
export interface NewEvidenceSeries {
  readonly studyId: string;
  readonly modelId: string;
  readonly kind: string;
  readonly presentation: Presentation;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly seriesDescription: string;
  /** Series Date and Time. */
  readonly createdAt: Date;
}

/**
 * The series of one kind of evidence of one model in a study. What is there wins over what is offered, so
 * number, description and time never change after the first use.
 */
export async function findOrCreateEvidenceSeries(
  tx: Tx,
  ledger: Ledger,
  series: NewEvidenceSeries,
): Promise<EvidenceSeriesRow> {
  const key = {
    installationId: ledger.installationId,
    studyId: series.studyId,
    modelId: series.modelId,
    kind: series.kind,
    presentation: series.presentation,
  };
  return (await insertOnce(tx, EvidenceSeriesRow, { ...series, ...key, id: randomUUIDv7() }, key)).row;
}

/** The series of ours that one model has in a study for one presentation, of whatever kind of evidence. */
export function evidenceSeriesOf(
  tx: Tx,
  ledger: Ledger,
  of: { readonly studyId: string; readonly modelId: string; readonly presentation: Presentation },
): Promise<EvidenceSeriesRow[]> {
  return tx.findBy(EvidenceSeriesRow, { ...of, installationId: ledger.installationId });
}

/** Remembers bytes that the artifact store keeps, or will within the hour: a row without evidence is swept later. */
export async function recordArtifact(
  tx: Tx,
  artifact: { digest: string; size: number; mediaType: string; encrypted: boolean },
): Promise<ArtifactRow> {
  const { row, created } = await insertOnce(
    tx,
    ArtifactRow,
    { ...artifact, size: String(artifact.size) },
    { digest: artifact.digest },
  );
  // Bytes that were purged and are there again.
  if (!created && row.purgedAt) await tx.update(ArtifactRow, { digest: row.digest }, { purgedAt: null });
  return Object.assign(row, { purgedAt: null });
}

/** One encoded object; its artifact and series are rows already. */
export interface NewEvidence {
  readonly runId: string;
  readonly studyId: string;
  readonly evidenceSeriesId: string;
  readonly kind: string;
  readonly presentation: Presentation;
  readonly identityId: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly instanceNumber: number;
  readonly template: string;
  readonly transferSyntax: string;
  readonly artifactDigest: string;
  /** The moment that went into its content. */
  readonly encodedAt: Date;
  readonly predecessorId?: string | undefined;
}

/** Keeps an encoded object; one of the same SOP Instance UID is the same object and is returned. */
export async function createEvidence(
  tx: Tx,
  evidence: NewEvidence,
  who: string,
): Promise<{ evidence: EvidenceRow; created: boolean }> {
  const { row, created } = await insertOnce(
    tx,
    EvidenceRow,
    { ...evidence, id: randomUUIDv7(), predecessorId: evidence.predecessorId ?? null },
    { sopInstanceUid: evidence.sopInstanceUid },
  );
  if (created) {
    await recordEvent(tx, {
      who,
      what: 'encoded',
      subjectKind: 'evidence',
      subjectId: row.id,
      after: { kind: row.kind, sopInstanceUid: row.sopInstanceUid, artifact: row.artifactDigest },
    });
  }
  return { evidence: row, created };
}

/** Evidence of a run, oldest first. */
export function evidenceOfRun(tx: Tx, runId: string): Promise<EvidenceRow[]> {
  return tx.find(EvidenceRow, { where: { runId }, order: { encodedAt: 'ASC', id: 'ASC' } });
}

/** The newest evidence in a series of ours: the predecessor of what comes next, and its instance number. */
export function latestInSeries(tx: Tx, evidenceSeriesId: string): Promise<EvidenceRow | null> {
  return tx.findOne(EvidenceRow, {
    where: { evidenceSeriesId },
    order: { instanceNumber: 'DESC', id: 'DESC' },
  });
}

/** SOP Instance UIDs of all that we ever made for a series of our own. */
export async function evidenceInSeries(tx: Tx, seriesInstanceUid: string): Promise<Set<string>> {
  const rows = await rowsOf<{ uid: string }>(
    tx,
    `SELECT sop_instance_uid AS uid FROM evidence WHERE series_instance_uid = $1`,
    [seriesInstanceUid],
  );
  return new Set(rows.map((row) => row.uid));
}

/** The evidence with this id, if there is one. */
export function evidenceById(tx: Tx, id: string): Promise<EvidenceRow | null> {
  return tx.findOneBy(EvidenceRow, { id });
}

import { sha256 } from '@prelector/kernel';
import { stringOf } from '@prelector/dicom';
import type { EvidenceInput, EvidenceKind, PredecessorReference } from '@prelector/evidence';
import { encodeEvidence, formsFor, seriesPlacementFor } from '@prelector/evidence';
import type { Presentation } from '@prelector/findings';
import type { EvidenceRow, EvidenceSeriesRow, Ledger, Tx } from '@prelector/ledger';
import {
  createEvidence,
  evidenceOfRun,
  findOrCreateEvidenceSeries,
  latestInSeries,
  recordArtifact,
  supersedeOlder,
  wasAttempted,
} from '@prelector/ledger';
import type { ArtifactStore } from '@prelector/platform';
import type { EncodingWork } from './encoding-work.js';
import { software } from './software.js';

const who = 'results';

/** What evidence is made from and where it is kept. */
export interface EncodingContext {
  readonly ledger: Ledger;
  readonly artifacts: ArtifactStore;
  readonly work: EncodingWork;
  readonly presentation: Presentation;
  readonly identityId: string;
  readonly timeZone: string;
}

/**
 * The evidence of a run for one presentation and identity: the rows that are there, or new ones whose bytes
 * are kept before the first attempt. The study's row is locked by the caller, so that two workers never take
 * the same instance number.
 */
export async function ensureEvidence(tx: Tx, context: EncodingContext): Promise<EvidenceRow[]> {
  const { work, presentation, identityId } = context;
  const known = newestOfEachKind(
    (await evidenceOfRun(tx, work.run.id)).filter((each) => each.presentation === presentation),
  ).filter((each) => each.identityId === identityId);
  if (known.length > 0) return known;

  const places = new Map<EvidenceKind, PlaceInSeries>();
  for (const kind of formsFor(work.findings.body).kinds) places.set(kind, await placeOf(tx, context, kind));
  const encoded = encodeEvidence(inputOf(context, places));
  const rows: EvidenceRow[] = [];
  for (const each of encoded) {
    const mediaType = 'application/dicom';
    const digest = sha256(each.bytes);
    await context.artifacts.put(each.bytes, { mediaType, encrypt: true });
    await recordArtifact(tx, { digest, size: each.bytes.length, mediaType, encrypted: true });
    const place = places.get(each.kind) as PlaceInSeries;
    const { evidence } = await createEvidence(
      tx,
      {
        runId: work.run.id,
        studyId: work.study.id,
        evidenceSeriesId: place.series.id,
        kind: each.kind,
        presentation,
        identityId,
        sopClassUid: each.sopClassUid,
        sopInstanceUid: each.sopInstanceUid,
        seriesInstanceUid: each.seriesInstanceUid,
        instanceNumber: place.instanceNumber,
        template: each.templateId,
        transferSyntax: each.transferSyntaxUid,
        artifactDigest: digest,
        encodedAt: work.run.endedAt ?? work.run.createdAt,
        predecessorId: place.predecessor?.id,
      },
      who,
    );
    await supersedeOlder(tx, evidence.id, { who, why: 'a newer result took its place before it was sent' });
    rows.push(evidence);
  }
  return rows;
}

/** Where one form of evidence stands in its series. */
interface PlaceInSeries {
  readonly series: EvidenceSeriesRow;
  readonly instanceNumber: number;
  /** The latest one of the series that a server may have; absent when none was ever attempted. */
  readonly predecessor: EvidenceRow | undefined;
}

async function placeOf(
  tx: Tx,
  { ledger, work, presentation }: EncodingContext,
  kind: EvidenceKind,
): Promise<PlaceInSeries> {
  const { study, run, findings } = work;
  const placement = seriesPlacementFor(kind, {
    installationId: ledger.installationId,
    studyInstanceUid: study.studyInstanceUid,
    modelId: findings.model.id,
    modelName: findings.model.name,
    presentation,
  });
  const series = await findOrCreateEvidenceSeries(tx, ledger, {
    ...placement,
    studyId: study.id,
    modelId: findings.model.id,
    kind,
    presentation,
    createdAt: run.endedAt ?? run.createdAt,
  });
  const latest = (await latestInSeries(tx, series.id)) ?? undefined;
  const predecessor = latest && (await wasAttempted(tx, latest.id)) ? latest : undefined;
  return { series, predecessor, instanceNumber: (latest?.instanceNumber ?? 0) + 1 };
}

function inputOf(
  { ledger, work, presentation, timeZone }: EncodingContext,
  places: ReadonlyMap<EvidenceKind, PlaceInSeries>,
): EvidenceInput {
  const { run, findings, view } = work;
  const offset = stringOf(view.source, '00080201');
  return {
    runKey: run.runKey,
    findings: findings.body,
    model: findings.model,
    presentation,
    installation: { id: ledger.installationId, ...software },
    source: view.source,
    ...(offset ? { sourceTimezoneOffset: offset } : {}),
    timeZone,
    analysisStartedAt: run.startedAt ?? run.createdAt,
    completedAt: run.endedAt ?? run.createdAt,
    imagesAsOf: run.imagesAsOf ?? run.createdAt,
    forcedByMaximumWait: run.forced,
    places: Object.fromEntries(
      Array.from(places, ([kind, { predecessor, ...place }]) => [
        kind,
        { ...place, predecessor: predecessor && referenceTo(predecessor) },
      ]),
    ),
  };
}

function referenceTo(row: EvidenceRow): PredecessorReference {
  return {
    sopClassUid: row.sopClassUid,
    sopInstanceUid: row.sopInstanceUid,
    seriesInstanceUid: row.seriesInstanceUid,
  };
}

/** What was encoded with an identity that the archive has left, and comes back to, is encoded anew. */
function newestOfEachKind(rows: readonly EvidenceRow[]): EvidenceRow[] {
  const newest = new Map<string, EvidenceRow>();
  for (const row of rows) {
    if (row.instanceNumber > (newest.get(row.kind)?.instanceNumber ?? 0)) newest.set(row.kind, row);
  }
  return [...newest.values()];
}

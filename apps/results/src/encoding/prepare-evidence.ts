import { sha256 } from '@prelector/kernel';
import { stringOf } from '@prelector/dicom';
import type { EncodedEvidence, EvidenceInput } from '@prelector/evidence';
import { encodeEvidence } from '@prelector/evidence';
import type { Ledger } from '@prelector/ledger';
import type { ArtifactStore } from '@prelector/platform';
import type { Encoding } from './encoding-work.js';
import { knownEvidence } from './known-evidence.js';
import type { PlacesInSeries } from './places.js';
import { placesOf, statedPlaces } from './places.js';
import { software } from './software.js';
import { whyNoReport } from './source-identity.js';

/** Evidence that was encoded and is kept, for the places that the ledger showed before the study was locked. */
export interface PreparedEvidence {
  readonly places: PlacesInSeries;
  readonly objects: readonly KeptObject[];
}

/** One encoded object, its bytes an artifact. */
export interface KeptObject extends Omit<EncodedEvidence, 'dataset' | 'bytes'> {
  readonly digest: string;
}

/** The media type of what is kept here, and swept where no evidence came of it. */
export const mediaType = 'application/dicom';

/**
 * Encodes a result and keeps the bytes, ahead of the transaction that holds the study: encoding and the disk are slow
 * beside it. The same input gives the same bytes under the same digest, so whoever dies behind this leaves nothing that
 * is doubled; what no evidence came of is swept (`orphan-sweep.ts`). Undefined where there is nothing to encode.
 */
export async function prepareEvidence(
  ledger: Ledger,
  artifacts: ArtifactStore,
  encoding: Encoding,
): Promise<PreparedEvidence | undefined> {
  const { work, presentation } = encoding;
  const { view, study } = work;
  const isWritable =
    whyNoReport(view.source, false) === undefined ||
    (whyNoReport(view.source, true) === undefined &&
      (await ledger.pool.identities.releasedOf(study.id))(view.identity));
  if (!isWritable) return undefined;
  if ((await knownEvidence(ledger.pool, encoding)).length > 0) return undefined;
  const places = await placesOf(ledger.pool, ledger, work, presentation);
  const objects: KeptObject[] = [];
  for (const { dataset: _dataset, bytes, ...object } of encodeEvidence(inputOf(ledger, encoding, places))) {
    const digest = sha256(bytes);
    // The row first: what stands in the store without one would be found by nobody.
    await ledger.pool.evidence.recordArtifact({ digest, size: bytes.length, mediaType, encrypted: true });
    await artifacts.put(bytes, { mediaType, encrypt: true });
    objects.push({ ...object, digest });
  }
  return { places, objects };
}

function inputOf(
  ledger: Ledger,
  { work, presentation, timeZone }: Encoding,
  places: PlacesInSeries,
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
    places: statedPlaces(places),
  };
}

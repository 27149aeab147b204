import { isDeepStrictEqual } from 'node:util';
import type { EvidenceKind, Places, SeriesPlacement } from '@prelector/evidence';
import { formsFor, seriesPlacementFor } from '@prelector/evidence';
import type { Presentation } from '@prelector/findings';
import type { EvidenceRow, Ledger, Tx } from '@prelector/ledger';
import type { EncodingWork } from './encoding-work.js';

/** Where one form of evidence stands in its series, as the ledger has it. */
export interface PlaceInSeries {
  /** Undefined before the first use of the series: `series` says what it will be. */
  readonly seriesId: string | undefined;
  readonly series: SeriesPlacement;
  readonly instanceNumber: number;
  /** The latest one of the series that a server may have; absent when none was ever attempted. */
  readonly predecessor: EvidenceRow | undefined;
}

export type PlacesInSeries = ReadonlyMap<EvidenceKind, PlaceInSeries>;

/** The place of each form that a result gets; it holds for as long as the study's row is locked. */
export async function placesOf(
  tx: Tx,
  ledger: Ledger,
  { study, run, findings }: EncodingWork,
  presentation: Presentation,
): Promise<PlacesInSeries> {
  const { id: modelId, name: modelName } = findings.model;
  const known = await tx.evidence.evidenceSeriesOf({ studyId: study.id, modelId, presentation });
  const places = new Map<EvidenceKind, PlaceInSeries>();
  for (const kind of formsFor(findings.body).kinds) {
    const series = known.find((each) => each.kind === kind);
    const latest = (series && (await tx.evidence.latestInSeries(series.id))) ?? undefined;
    places.set(kind, {
      seriesId: series?.id,
      series: series ?? {
        ...seriesPlacementFor(kind, {
          installationId: ledger.installationId,
          studyInstanceUid: study.studyInstanceUid,
          modelId,
          modelName,
          presentation,
        }),
        createdAt: run.endedAt ?? run.createdAt,
      },
      instanceNumber: (latest?.instanceNumber ?? 0) + 1,
      predecessor: latest && (await tx.superseding.wasAttempted(latest.id)) ? latest : undefined,
    });
  }
  return places;
}

/** The places as evidence states them. */
export function statedPlaces(places: PlacesInSeries): Places {
  return Object.fromEntries(Array.from(places, ([kind, place]) => [kind, stated(place)]));
}

function stated({ series, instanceNumber, predecessor }: PlaceInSeries) {
  const { seriesInstanceUid, seriesNumber, seriesDescription, createdAt } = series;
  return {
    series: { seriesInstanceUid, seriesNumber, seriesDescription, createdAt },
    instanceNumber,
    predecessor: predecessor && {
      sopClassUid: predecessor.sopClassUid,
      sopInstanceUid: predecessor.sopInstanceUid,
      seriesInstanceUid: predecessor.seriesInstanceUid,
    },
  };
}

/** True where evidence that was encoded for one is that of the other. */
export const areSame = (a: PlacesInSeries, b: PlacesInSeries): boolean =>
  isDeepStrictEqual(statedPlaces(a), statedPlaces(b));

import type { ObservedSeries } from '@prelector/findings';
import { hasMoreImages } from '@prelector/findings';
import type { StudyCopyRow, Tx } from '@prelector/ledger';
import { completeCopiesBeside, latestObservation, nodesOfRuns } from '@prelector/ledger';

/** What a model with its settings wants of a copy of a study. */
export interface WantedOfCopy {
  readonly packageId: string;
  readonly settingsDigest: string;
  readonly seriesInstanceUid: string;
}

/** A copy of the study on another node that has more images. */
export interface FullerCopy {
  readonly nodeId: string;
  /** The model has its run of those. */
  readonly isRead: boolean;
}

/**
 * The copy of a study on another node beside which this one is not to be analysed, or not without a word: it has more
 * images, and the model's run of them, or it has more of the series that is wanted here. The study's row is locked.
 */
export async function fullerCopy(
  tx: Tx,
  copy: StudyCopyRow,
  { seriesInstanceUid, ...model }: WantedOfCopy,
): Promise<FullerCopy | undefined> {
  const own = (await latestObservation(tx, copy.id))?.series ?? [];
  const fuller = (await completeCopiesBeside(tx, copy)).filter(({ series }) =>
    hasMoreImages(series, own, seriesInstanceUid),
  );
  if (fuller.length === 0) return undefined;
  const readAt = await nodesOfRuns(tx, { studyId: copy.studyId, ...model });
  const read = fuller.find(({ nodeId }) => readAt.has(nodeId));
  if (read) return { nodeId: read.nodeId, isRead: true };
  const wanted = (series: readonly ObservedSeries[]) =>
    series.filter((each) => each.seriesInstanceUid === seriesInstanceUid);
  const ofSeries = fuller.find(({ series }) => hasMoreImages(wanted(series), wanted(own), seriesInstanceUid));
  return ofSeries && { nodeId: ofSeries.nodeId, isRead: false };
}

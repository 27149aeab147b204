import type { ObservedSeries } from '@prelector/findings';
import { hasMoreImages, readings } from '@prelector/findings';
import type { NewestRun, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';

/** What a model with its settings wants of a copy of a study. */
export interface WantedOfCopy {
  readonly packageId: string;
  readonly settingsDigest: string;
  readonly seriesInstanceUid: string;
}

/** A copy of the study on another node that has more images. */
export interface FullerCopy {
  readonly nodeId: string;
  /** The model has read those, or is about to. */
  readonly isRead: boolean;
}

/**
 * The copy of a study on another node beside which this one is not to be analysed, or not without a word: it has more
 * images, and the model's reading of them, or it has more of the series that is wanted here. The study's row is locked.
 */
export async function fullerCopy(
  tx: Tx,
  { id: studyId, completionNo }: StudyRow,
  copy: StudyCopyRow,
  { seriesInstanceUid, ...model }: WantedOfCopy,
): Promise<FullerCopy | undefined> {
  const own = (await tx.copies.latestObservation(copy.id))?.series ?? [];
  const fuller = (await tx.copies.completeBeside(copy)).filter(({ series }) =>
    hasMoreImages(series, own, seriesInstanceUid),
  );
  if (fuller.length === 0) return undefined;
  const runs = await tx.runs.newestByNode({ studyId, ...model });
  const read = fuller.find(({ nodeId, series }) =>
    runs.some((run) => run.nodeId === nodeId && isReadingOf(series, own, run, completionNo)),
  );
  if (read) return { nodeId: read.nodeId, isRead: true };
  const ofSeries = fuller.find(
    ({ series }) => countIn(series, seriesInstanceUid) > countIn(own, seriesInstanceUid),
  );
  return ofSeries && { nodeId: ofSeries.nodeId, isRead: false };
}

/**
 * Whether a run reads a copy as it is now, or is about to: on its present completion, or of as many images of the
 * series as it has, and not of a series of which this copy has more.
 */
function isReadingOf(
  series: readonly ObservedSeries[],
  own: readonly ObservedSeries[],
  { state, outcome, seriesInstanceUid: uid, ...run }: NewestRun,
  completionNo: number,
): boolean {
  if (state === 'dead' || uid === null || (outcome !== null && !readings.has(outcome))) return false;
  const count = countIn(series, uid);
  return (run.completionNo === completionNo || count === run.described) && count >= countIn(own, uid);
}

const countIn = (series: readonly ObservedSeries[], uid: string) =>
  series.find(({ seriesInstanceUid }) => seriesInstanceUid === uid)?.instances ?? 0;

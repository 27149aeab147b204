import type { ObservedSeries } from './completeness.js';

/**
 * Whether another copy of a study, at another archive, has more images than one's own: of the series that matters,
 * or as many of that and more of others, and of none fewer. What a server does not count says nothing.
 */
export function hasMoreImages(
  other: readonly ObservedSeries[],
  own: readonly ObservedSeries[],
  seriesInstanceUid: string,
): boolean {
  const [theirs, ours] = [countsOf(other), countsOf(own)];
  const difference = (uid: string) => (theirs.get(uid) ?? 0) - (ours.get(uid) ?? 0);
  if (difference(seriesInstanceUid) !== 0) return difference(seriesInstanceUid) > 0;
  const differences = [...new Set([...theirs.keys(), ...ours.keys()])].map(difference);
  return differences.some((each) => each > 0) && differences.every((each) => each >= 0);
}

const countsOf = (series: readonly ObservedSeries[]) =>
  new Map(series.map(({ seriesInstanceUid, instances }) => [seriesInstanceUid, instances ?? 0]));

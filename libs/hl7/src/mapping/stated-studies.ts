import { isUid } from '@prelector/dicom';
import { limits } from '@prelector/kernel';
import type { Procedure } from './accession-numbers.js';

/** What a message states of the studies of a procedure. */
export interface StatedStudies {
  readonly uids: readonly string[];
  /** What stands where a UID belongs, and is none. */
  readonly noUids: readonly string[];
  /** Of several procedures they say not of which they are. */
  readonly unplaced: readonly string[];
  readonly areTooMany: boolean;
}

/**
 * The studies of a procedure at the first path that has any, each once. Of several procedures each has those of its own
 * segments. One alone that stands elsewhere is the study of every one that has none there (a grouped procedure: one study
 * for several requested procedures); several say not whose they are.
 */
export function studiesOf(
  { group, among }: Pick<Procedure, 'group' | 'among'>,
  paths: readonly string[],
): StatedStudies {
  const noUids: string[] = [];
  const shared = new Set<string>();
  for (const path of paths) {
    // An order may repeat its study in every segment, but not for ever.
    const places = group.statedPlaces(path, limits.hl7PartsPerLevel).filter(({ value }) => value !== null);
    const isOwn = (place: (typeof places)[number]) => among === undefined || among.own.has(place.segment);
    const distinct = new Set(places.map(({ value }) => value));
    if (places.length === limits.hl7PartsPerLevel || distinct.size > limits.hl7StudiesPerOrder)
      return { uids: [], noUids, unplaced: [...shared].filter(isUid), areTooMany: true };
    const own = [...new Set(places.filter(isOwn).flatMap(({ value }) => value ?? []))];
    noUids.push(...own.filter((each) => !isUid(each)));
    const uids = own.filter(isUid);
    if (uids.length > 0) return { uids, noUids, unplaced: [], areTooMany: false };
    for (const place of places) if (!isOwn(place) && place.value !== null) shared.add(place.value);
  }
  for (const each of among && shared.size > 0 ? ofOthers(among, paths) : []) shared.delete(each);
  // What is unreadable is not absent: beside one that is none, a UID may be another procedure's.
  const isOne = shared.size === 1;
  const unplaced = [...shared].filter(isUid);
  noUids.push(...[...shared].filter((each) => !isUid(each)));
  return { uids: isOne ? unplaced : [], noUids, unplaced: isOne ? [] : unplaced, areTooMany: false };
}

/** What stands in the segments of one of the other procedures alone. */
function ofOthers({ whole, others }: NonNullable<Procedure['among']>, paths: readonly string[]): string[] {
  if (others.size === 0) return [];
  return paths.flatMap((path) =>
    whole
      .statedPlaces(path, limits.hl7PartsPerLevel)
      .flatMap(({ segment, value }) => (value !== null && others.has(segment) ? value : [])),
  );
}

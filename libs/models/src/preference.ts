import { numberOf, numbersOf, statedNumbers, stringsOf, tagOf, tags, type Dataset } from '@prelector/dicom';
import type { Preference } from './manifest-parts.js';
import { placeOf } from './pattern.js';
import { impossible } from './positive-attributes.js';
import type { FittingSeries } from './series.js';
import { statedTexts } from './stated-texts.js';
import { listed, plainNumber, wordsOfKeyword } from './words.js';

/** The series chosen, why, and why not each of the others. */
export interface Choice {
  readonly winner: FittingSeries;
  readonly why: string;
  readonly others: readonly { readonly fit: FittingSeries; readonly why: string }[];
}

interface Difference {
  /** Negative when the first is better. */
  readonly sign: number;
  /** Why the better one is better. */
  readonly why: string;
}

/**
 * Ranks series that all fit: the first preference that tells two apart decides; where none does, more images,
 * then the lower Series Number, then the lower UID, so that the choice never depends on the order of answers.
 */
export function chooseSeries(prefer: readonly Preference[], fitting: readonly FittingSeries[]): Choice {
  const ranked = [...fitting].sort((a, b) => compare(prefer, a, b).sign);
  const [winner, second, ...rest] = ranked as [FittingSeries, ...FittingSeries[]];
  if (second === undefined) return { winner, why: 'the only series that fits', others: [] };
  const others = [second, ...rest].map((fit) => ({
    fit,
    why: `fits, but another series is preferred: ${compare(prefer, winner, fit).why}`,
  }));
  return {
    winner,
    why: `of ${ranked.length} series that fit: ${compare(prefer, winner, second).why}`,
    others,
  };
}

/** The one of several volumes that a preference puts before each of the others, and why; undefined if none. */
export function preferredVolume(
  prefer: readonly Preference[],
  volumes: readonly FittingSeries[],
): { winner: FittingSeries; why: string } | undefined {
  const [winner, ...others] = [...volumes].sort((a, b) => byPreference(prefer, a, b)?.sign ?? 0);
  if (winner === undefined) return undefined;
  const differences = others.map((other) => byPreference(prefer, winner, other));
  const [nearest] = differences;
  if (nearest === undefined || differences.some((each) => each === undefined || each.sign >= 0))
    return undefined;
  return { winner, why: nearest.why };
}

function byPreference(
  prefer: readonly Preference[],
  a: FittingSeries,
  b: FittingSeries,
): Difference | undefined {
  for (const preference of prefer) {
    const sign = rankOf(preference, a) - rankOf(preference, b);
    if (sign !== 0 && !Number.isNaN(sign)) return { sign, why: inWords(preference, a, b) };
  }
  return undefined;
}

function compare(prefer: readonly Preference[], a: FittingSeries, b: FittingSeries): Difference {
  const preferred = byPreference(prefer, a, b);
  if (preferred !== undefined) return preferred;
  const images = b.images.length - a.images.length;
  if (images !== 0) return { sign: images, why: 'equal by every preference, and it has the most images' };
  const number = seriesNumber(a) - seriesNumber(b);
  if (number !== 0) return { sign: number, why: 'equal by every preference, and it has the lowest number' };
  const lower = a.candidate.seriesInstanceUid < b.candidate.seriesInstanceUid;
  return { sign: lower ? -1 : 1, why: 'equal by every preference; the one with the lowest UID' };
}

/** Lower is better, of several values the worst; a series that does not state the attribute readably comes last. */
function rankOf({ attribute, order, values }: Preference, fit: FittingSeries): number {
  const tag = tagOf(attribute);
  const image = fit.images[0] as Dataset;
  if (values !== undefined) {
    const stated = statedTexts(image, tag);
    const place = stated.kind === 'texts' ? placeOf(stated.values, values) : -1;
    return place < 0 ? values.length : place;
  }
  const numbers = numbersOf(image, tag);
  if (numbers.length === 0 || numbers.some((value) => impossible(attribute, value) !== undefined)) {
    return Number.MAX_VALUE;
  }
  return Math.max(...numbers.map((value) => (order === 'descending' ? -value : value)));
}

function inWords({ attribute, reason }: Preference, a: FittingSeries, b: FittingSeries): string {
  const [first, second] = [a, b].map((fit) => stated(fit.images[0] as Dataset, attribute));
  return `${wordsOfKeyword(attribute)} ${first}, not ${second} (${reason})`;
}

function stated(image: Dataset, attribute: string): string {
  const values = stringsOf(image, tagOf(attribute));
  const reading = statedNumbers(image, tagOf(attribute));
  if (values.length === 0) return 'not stated';
  return reading.kind === 'numbers'
    ? reading.values.map((value) => plainNumber(value)).join('/')
    : listed(values);
}

const seriesNumber = (fit: FittingSeries) =>
  numberOf(fit.images[0] as Dataset, tags.SeriesNumber) ?? Number.MAX_SAFE_INTEGER;

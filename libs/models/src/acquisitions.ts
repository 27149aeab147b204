import type { Dataset } from '@prelector/dicom';
import {
  acquisitionAttributes,
  momentAttributes,
  NOT_STATED,
  type AcquisitionAttribute,
} from './acquisition-attributes.js';
import { readingsOf, unknownMoments, type Moment } from './moment-readings.js';
import { arePasses, LONGEST_PASS_SECONDS, longPause, momentLabels } from './moments.js';
import { passesOf } from './passes.js';
import { plainNumber } from './words.js';

/** What tells images of one series apart as several volumes. */
export interface Separation {
  /** For each image, in the order given, of which volume it is; the same for all of one. */
  readonly labels: readonly string[];
  /** How many volumes. */
  readonly volumes: number;
  /** By what, in words: `Acquisition number (1 on 20 images, 2 on 20 images)`. */
  readonly by: string;
  /** What a reader must know of one stack that several acquisitions make. */
  readonly notes: readonly string[];
}

interface Told {
  readonly words: string;
  readonly labels: readonly string[];
}

/** More values than these are no phases, but moments of single slices. */
const MOST_PHASES = 10;
const FEWEST_SLICES = 3;
/** As many values are named one by one. */
const NAMED = 4;

/**
 * Tells whether images, in the order of their slices, are of one volume: two phases, echoes, b-values or
 * reconstructions in one series make several, whether their slices alternate or lie at equal positions.
 * Acquisitions laid end to end are one stack, which is noted, and so are slices that each have a time of their own;
 * two phases of breath or heart are none, wherever they lie.
 */
export function separateAcquisitions(images: readonly Dataset[]): Separation {
  const told: Told[] = [];
  const endToEnd: Told[] = [];
  for (const attribute of acquisitionAttributes) {
    const labels = labelsOf(attribute, images);
    const values = new Set(labels).size;
    if (values < 2) continue;
    if (tells(attribute, labels, values)) told.push({ words: attribute.words, labels });
    else if (values < images.length && (attribute.kind !== 'phase' || values <= MOST_PHASES)) {
      endToEnd.push({ words: attribute.words, labels });
    }
  }
  told.push(...byMoments(images));
  const notes = [...endToEnd.map(endToEndNote), ...pauseNotes(images), ...unknownNotes(images)];
  const labels = images.map((_, index) => told.map((each) => each.labels[index]).join('; '));
  return {
    labels,
    volumes: new Set(labels).size,
    by: told.map(({ words, labels: own }) => `${words} (${counted(own)})`).join(' and '),
    notes,
  };
}

function endToEndNote({ words, labels }: Told): string {
  const values = new Set(labels).size;
  return runsOf(labels) === values
    ? `the slices are of ${values} acquisitions laid end to end, by ${words}`
    : `the slices differ in ${words} (${counted(labels)})`;
}

/** Parts of one stack that were acquired long after each other, which is no reason to refuse it. */
function pauseNotes(images: readonly Dataset[]): string[] {
  const inPasses = passesOf(images) === 'stated';
  const pauses = momentAttributes.flatMap(({ words, acquired, momentOf }) => {
    const [moments] = readingsOf(images.map(momentOf));
    const seconds = moments.filter((each) => typeof each === 'number');
    const pause = acquired ? longPause(seconds) : undefined;
    return pause === undefined || (inPasses && arePasses(seconds)) ? [] : [{ words, pause }];
  });
  const [first] = pauses;
  if (first === undefined) return [];
  return [
    `the slices were acquired with a pause of ${plainNumber(first.pause, 0)} s between them, by ${first.words}`,
  ];
}

/** Slices of which nobody can say when they were acquired, unless another attribute says it of each. */
function unknownNotes(images: readonly Dataset[]): string[] {
  const stated = momentAttributes
    .filter(({ acquired }) => acquired)
    .map(({ words, momentOf }) => ({ words, moments: images.map(momentOf) }));
  if (stated.some(({ moments }) => readingsOf(moments)[0].every((each) => typeof each === 'number')))
    return [];
  const [first] = stated.flatMap(({ words, moments }) => {
    const count = unknownMoments(moments);
    return count === 0 ? [] : [{ words, count }];
  });
  if (first === undefined) return [];
  return [
    `when ${first.count} of ${images.length} slices were acquired cannot be told, by ${first.words}: their date or time is missing or unreadable`,
  ];
}

function labelsOf({ kind, labelOf, near }: AcquisitionAttribute, images: readonly Dataset[]): string[] {
  const labels = nearAlike(images.map(labelOf), near);
  if (kind === 'stated' || kind === 'phase') return labels;
  const unstated = labels.filter((label) => label === NOT_STATED).length;
  if (['interleaved', 'state'].includes(kind) && 3 * unstated >= labels.length) return labels;
  const stated = new Set(labels.filter((label) => label !== NOT_STATED));
  const [only] = stated;
  return stated.size === 1 && !isRhythm(labels) ? labels.map(() => only as string) : labels;
}

/** Labels of which numbers that lie within a share of the next one are all the least of them. */
function nearAlike(labels: readonly string[], share: number): string[] {
  if (share === 0) return [...labels];
  const numbers = [...new Set(labels)].map(Number).filter((each) => !Number.isNaN(each));
  const least = new Map<string, string>();
  let previous: number | undefined;
  let first = '';
  for (const value of numbers.sort((a, b) => a - b)) {
    if (previous === undefined || value - previous > share * Math.abs(value)) first = String(value);
    least.set(String(value), first);
    previous = value;
  }
  return labels.map((label) => least.get(label) ?? label);
}

/** True when values alternate as those of two interleaved acquisitions do, and not as one that is lost here and there. */
function isRhythm(labels: readonly string[]): boolean {
  const fewest = Math.min(...countsOf(labels).values());
  return fewest >= FEWEST_SLICES && 3 * fewest >= labels.length && runsOf(labels) > fewest;
}

function tells({ kind }: AcquisitionAttribute, labels: readonly string[], values: number): boolean {
  if (kind === 'whole' || kind === 'stated') return true;
  if (kind === 'state' && values <= MOST_PHASES && values < labels.length) return true;
  if (runsOf(labels) === values) return false;
  if (kind === 'interleaved' || kind === 'state') return true;
  const sizes = [...countsOf(labels).values()];
  return values <= MOST_PHASES && sizes.every((size) => size >= FEWEST_SLICES);
}

function byMoments(images: readonly Dataset[]): Told[] {
  const within = passesOf(images) === 'none' ? undefined : LONGEST_PASS_SECONDS;
  return momentAttributes.flatMap(({ words, acquired, momentOf }) => {
    const readings = readingsOf(images.map(momentOf));
    const [labels] = readings.flatMap((moments) => {
      const told = momentsTell(moments, acquired, within) ?? textsTell(moments);
      return told ? [told] : [];
    });
    return labels ? [{ words, labels }] : [];
  });
}

/** By the images that state a moment: one that does not is of neither volume. */
function momentsTell(
  moments: readonly Moment[],
  acquired: boolean,
  within: number | undefined,
): string[] | undefined {
  const seconds = moments.filter((each) => typeof each === 'number');
  const labels = [...(momentLabels(seconds, acquired, within) ?? [])];
  if (labels.length === 0) return undefined;
  return moments.map((each) => (typeof each === 'number' ? (labels.shift() as string) : NOT_STATED));
}

/** Texts that are no times tell volumes apart as far as they alternate, with each other or with times. */
function textsTell(moments: readonly Moment[]): string[] | undefined {
  if (!moments.some((each) => typeof each === 'string')) return undefined;
  const labels = moments.map((each) => (each === undefined ? NOT_STATED : String(each)));
  const readable = moments.map((each) => (typeof each === 'string' ? 'no time' : 'a time'));
  return [labels, readable].find((each) => {
    const values = countsOf(each).size;
    return values > 1 && values <= MOST_PHASES && isRhythm(each);
  });
}

/** How often the value changes from slice to slice, and once. */
function runsOf(labels: readonly string[]): number {
  return labels.filter((label, index) => index === 0 || label !== labels[index - 1]).length;
}

function countsOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function counted(labels: readonly string[]): string {
  const counts = [...countsOf(labels)];
  const shown = counts
    .slice(0, NAMED)
    .map(([label, count]) => `${label} on ${count} image${count === 1 ? '' : 's'}`);
  const rest = counts.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more values` : shown.join(', ');
}

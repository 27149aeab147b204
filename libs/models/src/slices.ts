import {
  numberOf,
  orderSlices,
  readPlane,
  tags,
  type Dataset,
  type SliceOrder,
  type SlicePlane,
} from '@prelector/dicom';
import type { SelectionSpec } from './manifest-parts.js';
import { numberBeside } from './words.js';

/** A slice by its plane, with whatever the caller wants to find again in order. */
export interface PlacedSlice<T> {
  readonly plane: SlicePlane;
  readonly item: T;
  /** What sentences call it: `image 21`. */
  readonly name?: string | undefined;
}

/** An image or frame to be placed. */
export interface UnplacedSlice<T> {
  readonly image: Dataset;
  readonly item: T;
  /** Of an instance of several, from 0. */
  readonly frame?: number | undefined;
}

/** Why slices make no volume, and what a reader must know of those that do. */
export interface SliceVerdict<T> {
  readonly order: SliceOrder<T>;
  /** Sentences; empty when the slices make a volume that the manifest takes. */
  readonly refusals: readonly string[];
  /** True when a refusal may be cured by images that are missing. */
  readonly incomplete: boolean;
  readonly notes: readonly string[];
}

/** Cosine of the 15 degrees by which an axial slice may be turned. */
const AXIAL = Math.cos((15 * Math.PI) / 180);

/**
 * The plane of each image; or, when not all of them state one, the attribute that keeps them from it and how
 * its value looks, with the image.
 */
export function placeSlices<T>(slices: readonly UnplacedSlice<T>[]): PlacedSlice<T>[] | string {
  const placed: PlacedSlice<T>[] = [];
  const problems = new Map<string, (string | undefined)[]>();
  for (const { image, item, frame } of slices) {
    const name = nameOf(image, frame);
    const read = readPlane(image);
    if ('plane' in read) placed.push({ plane: read.plane, item, name });
    else problems.set(read.problem, [...(problems.get(read.problem) ?? []), name]);
  }
  const [first] = problems;
  if (first === undefined) return placed;
  const [problem, [name, ...others]] = first;
  const where =
    others.length === 0 ? (name ?? 'one image') : `${others.length + 1} of ${slices.length} images`;
  return `${problem} (${where})`;
}

/** What people call an image of a series, or a frame of one. */
export function nameOf(image: Dataset, frame?: number): string | undefined {
  if (frame !== undefined) return `frame ${frame + 1}`;
  const number = numberOf(image, tags.InstanceNumber);
  return number === undefined ? undefined : `image ${number}`;
}

/**
 * Orders slices along their normal and judges them by the manifest: gaps, doubles, mixed orientation, size or
 * spacing and a sheared stack (gantry tilt) refuse; uneven distances refuse or are noted as it says. Used on
 * metadata before a run and again on the images themselves.
 */
export function judgeSlices<T>(spec: SelectionSpec, slices: readonly PlacedSlice<T>[]): SliceVerdict<T> {
  const order = orderSlices([...slices]);
  const refusals: string[] = [];
  const notes: string[] = [];
  for (const problem of order.problems) {
    if (problem.kind === 'uneven' && spec.unevenSpacing === 'note') notes.push(bare(problem.sentence));
    else refusals.push(bare(problem.sentence));
  }
  if (order.spacing === 0 && refusals.length === 0) {
    refusals.push('a single slice makes no volume: its distance to a next one is not known');
  }
  const plane = slices[0]?.plane;
  if (plane !== undefined && !isAxial(plane)) refusals.push('the slices are not axial');
  refusals.push(...tooSparse(spec, order));
  const incomplete = order.problems.some(({ kind }) => kind === 'gap');
  return { order, refusals, incomplete, notes };
}

function tooSparse<T>(spec: SelectionSpec, order: SliceOrder<T>): string[] {
  const { maximumSliceSpacingMm: widest, minimumCoverageMm: shortest } = spec;
  const covered = (order.positions.at(-1) ?? 0) - (order.positions[0] ?? 0);
  return [
    ...(widest !== undefined && order.spacing > widest
      ? [`slices lie ${numberBeside(order.spacing, [widest])} mm apart, more than ${widest} mm`]
      : []),
    ...(shortest !== undefined && covered < shortest
      ? [`the slices cover ${numberBeside(covered, [shortest], 0)} mm, less than ${shortest} mm`]
      : []),
  ];
}

/** Rows along the patient's x and columns along y, either way round. */
function isAxial({ imageOrientation: direction }: SlicePlane): boolean {
  return Math.abs(direction[0]) >= AXIAL && Math.abs(direction[4]) >= AXIAL;
}

/** A sentence as a part of another one. */
const bare = (sentence: string) => sentence.replace(/\.$/u, '');

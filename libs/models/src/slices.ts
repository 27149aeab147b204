import { orderSlices, planeOf, type Dataset, type SliceOrder, type SlicePlane } from '@prelector/dicom';
import type { Manifest } from './manifest.js';
import { plainNumber } from './words.js';

type SelectionSpec = Manifest['input']['selection'];

/** A slice by its plane, with whatever the caller wants to find again in order. */
export interface PlacedSlice<T> {
  readonly plane: SlicePlane;
  readonly item: T;
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

/** The plane of each image, or undefined when any of them states none (no position, orientation or spacing). */
export function placeSlices<T>(images: readonly { image: Dataset; item: T }[]): PlacedSlice<T>[] | undefined {
  const placed = images.map(({ image, item }) => ({ plane: planeOf(image), item }));
  return placed.every((slice): slice is PlacedSlice<T> => slice.plane !== undefined) ? placed : undefined;
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
      ? [`slices lie ${plainNumber(order.spacing)} mm apart, more than ${plainNumber(widest)} mm`]
      : []),
    ...(shortest !== undefined && covered < shortest
      ? [`the slices cover ${plainNumber(covered, 0)} mm, less than ${plainNumber(shortest, 0)} mm`]
      : []),
  ];
}

/** Rows along the patient's x and columns along y, either way round. */
function isAxial({ imageOrientation: direction }: SlicePlane): boolean {
  return Math.abs(direction[0]) >= AXIAL && Math.abs(direction[4]) >= AXIAL;
}

/** A sentence as a part of another one. */
const bare = (sentence: string) => sentence.replace(/\.$/u, '');

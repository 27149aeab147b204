import { mixedProblems } from './mixed-slices.js';
import { spacingProblems } from './slice-spacing.js';
import { stackProblems } from './slice-stack.js';
import type { SliceProblem } from './slice-problem.js';
import type { SlicePlane } from './plane.js';
import { normalOf } from './plane.js';
import { dot } from './vector.js';

/** Slices in order along their normal, with what keeps them from being an even volume. */
export interface SliceOrder<T> {
  items: T[];
  /**
   * Distance between the centres of neighbouring slices in mm; 0 with fewer than two positions. Of an even stack the
   * mean, which times the number of slices is the height that they fill: distances that alternate by a rounding
   * would give a median that is off, and every volume with it. Of one with holes the median.
   */
  spacing: number;
  /** Position of each item along the normal in mm, ascending. */
  positions: number[];
  problems: SliceProblem[];
}

/** Slices closer than this (mm) are at the same position; senders round positions. */
const SAME_POSITION = 0.01;

/**
 * Orders slices by their position along the normal (row x column) of the first one, ascending, and says
 * what is uneven about them, every slice looked at. Slices at the same position keep their order. `name` is
 * what sentences call a slice: `image 21`.
 */
export function orderSlices<T>(
  slices: readonly { plane: SlicePlane; item: T; name?: string | undefined }[],
): SliceOrder<T> {
  const first = slices[0];
  if (!first) return { items: [], spacing: 0, positions: [], problems: [] };
  const normal = normalOf(first.plane);
  const placed = slices
    .map((slice) => ({ ...slice, position: dot(slice.plane.imagePosition, normal) }))
    .sort((a, b) => a.position - b.position);
  const positions = placed.map(({ position }) => position);
  const spacing = medianSpacing(positions);
  const mixed = mixedProblems(placed);
  // Of planes that are not parallel, distances along one normal say nothing.
  const parallel = mixed.every(({ kind }) => kind !== 'mixed-orientation');
  const problems = parallel
    ? [...mixed, ...spacingProblems(positions, spacing, SAME_POSITION), ...stackProblems(placed, normal)]
    : mixed;
  const hasHoles = problems.some(({ kind }) => kind === 'gap' || kind === 'changed-spacing');
  return {
    items: placed.map(({ item }) => item),
    spacing: hasHoles || !parallel ? spacing : meanSpacing(positions),
    positions,
    problems,
  };
}

function meanSpacing(positions: number[]): number {
  const distinct = positions.filter(
    (position, index) => index === 0 || position - (positions[index - 1] as number) > SAME_POSITION,
  );
  if (distinct.length < 2) return 0;
  return ((distinct.at(-1) as number) - (distinct[0] as number)) / (distinct.length - 1);
}

function medianSpacing(positions: number[]): number {
  const distances = positions
    .slice(1)
    .map((position, index) => position - (positions[index] as number))
    .filter((distance) => distance > SAME_POSITION)
    .sort((a, b) => a - b);
  if (distances.length === 0) return 0;
  const middle = distances.length >> 1;
  const upper = distances[middle] as number;
  return distances.length % 2 === 1 ? upper : ((distances[middle - 1] as number) + upper) / 2;
}

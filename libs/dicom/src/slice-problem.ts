import type { SlicePlane } from './plane.js';

export type SliceProblemKind =
  | 'gap'
  | 'uneven'
  | 'changed-spacing'
  | 'duplicate-position'
  | 'displaced'
  | 'mixed-orientation'
  | 'mixed-size'
  | 'mixed-spacing'
  | 'mixed-frame-of-reference'
  | 'sheared';

/** Why slices are no even volume, in words for a report. */
export interface SliceProblem {
  readonly kind: SliceProblemKind;
  readonly sentence: string;
  /** The positions in mm between which it lies (gap, uneven). */
  readonly between?: readonly [number, number];
  /** How many slices are missing (gap). */
  readonly missing?: number;
  /** How many slices, or distances, are concerned. */
  readonly count?: number;
  /** Degrees between the way the slices are stacked and their normal (sheared). */
  readonly angle?: number;
}

/** A slice in its place along the normal. */
export interface PositionedSlice {
  readonly plane: SlicePlane;
  /** mm along the normal. */
  readonly position: number;
  /** What people call it: `image 21`. */
  readonly name?: string | undefined;
}

/** As many slices are named one by one. */
const NAMED = 3;

export const mm = (value: number) => value.toFixed(2);

/** `Image 21 (at 160.00 mm)`, `Image 3 (at 2.00 mm), image 4 (at 3.00 mm) and 7 more`. */
export function nameSlices(slices: readonly PositionedSlice[]): string {
  const names = slices
    .slice(0, NAMED)
    .map(({ name, position }) =>
      name === undefined ? `the slice at ${mm(position)} mm` : `${name} (at ${mm(position)} mm)`,
    );
  const rest = slices.length - names.length;
  const text =
    rest > 0
      ? `${names.join(', ')} and ${rest} more`
      : [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import type { SlicePlane } from './plane.js';
import type { Vector } from './vector.js';
import { dot, lengthOf, minus, times } from './vector.js';

export type SliceProblemKind =
  | 'gap'
  | 'uneven'
  | 'duplicate-position'
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
  /** How many slices, or distances, are concerned (duplicate-position, uneven). */
  readonly count?: number;
  /** Degrees between the way the slices are stacked and their normal (sheared). */
  readonly angle?: number;
}

/** Directions further apart than about half a degree are two orientations. */
const SAME_DIRECTION = 0.99996;
/** Pixel spacings that differ by more than this share are two spacings. */
const SAME_SPACING = 1e-3;
/** A distance within this share of the median (and 0.05 mm) is even. */
const EVEN = 0.05;
const EVEN_MM = 0.05;
/** A gap is a whole number of spacings, give or take this share of one. */
const WHOLE = 0.2;
/** Less than this many degrees of lean is rounding. */
const LEAN_DEGREES = 0.2;

const mm = (value: number) => value.toFixed(2);

/** Size, pixel spacing, orientation and frame of reference that are not the same in all slices. */
export function mixedProblems(planes: readonly SlicePlane[]): SliceProblem[] {
  const first = planes[0];
  if (!first) return [];
  const problems: SliceProblem[] = [];
  const some = (differs: (plane: SlicePlane) => boolean, kind: SliceProblemKind, sentence: string) => {
    if (planes.some(differs)) problems.push({ kind, sentence });
  };
  some(
    (plane) => plane.rows !== first.rows || plane.columns !== first.columns,
    'mixed-size',
    'The slices do not all have the same number of rows and columns.',
  );
  some(
    (plane) => plane.pixelSpacing.some((each, axis) => differs(each, first.pixelSpacing[axis] as number)),
    'mixed-spacing',
    'The slices do not all have the same pixel spacing.',
  );
  some(
    (plane) => !sameOrientation(plane, first),
    'mixed-orientation',
    'The slices do not all lie in parallel planes with the same orientation.',
  );
  const frames = new Set(planes.map((plane) => plane.frameOfReferenceUid).filter((uid) => uid !== undefined));
  if (frames.size > 1) {
    problems.push({
      kind: 'mixed-frame-of-reference',
      sentence: `The slices refer to ${frames.size} frames of reference.`,
    });
  }
  return problems;
}

function differs(a: number, b: number): boolean {
  return Math.abs(a - b) > SAME_SPACING * b;
}

function sameOrientation(a: SlicePlane, b: SlicePlane): boolean {
  const [p, q] = [a.imageOrientation, b.imageOrientation];
  const row = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const column = p[3] * q[3] + p[4] * q[4] + p[5] * q[5];
  return row >= SAME_DIRECTION && column >= SAME_DIRECTION;
}

/** Gaps, uneven distances and repeated positions; `positions` ascending, `spacing` their median distance. */
export function spacingProblems(positions: readonly number[], spacing: number, same: number): SliceProblem[] {
  const problems: SliceProblem[] = [];
  const uneven: [number, number][] = [];
  let repeated = 0;
  for (let index = 1; index < positions.length; index++) {
    const between = [positions[index - 1] as number, positions[index] as number] as const;
    const distance = between[1] - between[0];
    if (distance <= same) repeated++;
    else if (Math.abs(distance - spacing) <= Math.max(EVEN_MM, EVEN * spacing)) continue;
    else {
      const missing = missingIn(distance, spacing);
      if (missing > 0) problems.push(gap(between, missing));
      else uneven.push([...between]);
    }
  }
  if (repeated > 0) problems.push(duplicates(repeated));
  if (uneven.length > 0) problems.push(unevenness(uneven, spacing));
  return problems;
}

/** How many slices a distance leaves out, 0 when it is no whole number of spacings. */
function missingIn(distance: number, spacing: number): number {
  const steps = distance / spacing;
  const whole = Math.round(steps);
  return whole > 1 && Math.abs(steps - whole) <= WHOLE ? whole - 1 : 0;
}

function gap(between: readonly [number, number], missing: number): SliceProblem {
  const many = missing === 1 ? 'One slice is' : `${missing} slices are`;
  return {
    kind: 'gap',
    sentence: `${many} missing between ${mm(between[0])} mm and ${mm(between[1])} mm along the normal.`,
    between,
    missing,
  };
}

function duplicates(count: number): SliceProblem {
  const many = count === 1 ? 'One slice lies' : `${count} slices lie`;
  return {
    kind: 'duplicate-position',
    sentence: `${many} at the position of another one.`,
    count,
  };
}

function unevenness(uneven: [number, number][], spacing: number): SliceProblem {
  const distances = uneven.map(([from, to]) => to - from);
  const [least, most] = [Math.min(...distances), Math.max(...distances)];
  const range = uneven.length === 1 ? mm(most) : `${mm(least)} to ${mm(most)}`;
  return {
    kind: 'uneven',
    sentence: `${uneven.length} of the distances between slices differ from ${mm(spacing)} mm: ${range} mm.`,
    between: uneven[0] as [number, number],
    count: uneven.length,
  };
}

/** Slices stacked at an angle to their normal, as a tilted gantry leaves them. */
export function shearProblem(planes: readonly SlicePlane[], normal: Vector): SliceProblem[] {
  const [first, last] = [planes[0], planes.at(-1)];
  if (!first || !last) return [];
  const way = minus(last.imagePosition, first.imagePosition);
  const along = dot(way, normal);
  const aside = lengthOf(minus(way, times(normal, along)));
  const angle = (Math.atan2(aside, Math.abs(along)) * 180) / Math.PI;
  if (angle <= LEAN_DEGREES || aside <= Math.min(...first.pixelSpacing) / 2) return [];
  const degrees = Number(angle.toFixed(1));
  return [
    {
      kind: 'sheared',
      sentence: `The slices are stacked at ${degrees} degrees to their normal, as with a tilted gantry.`,
      angle: degrees,
    },
  ];
}

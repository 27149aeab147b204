import { mm, nameSlices, type PositionedSlice, type SliceProblem } from './slice-problem.js';
import type { Vector } from './vector.js';
import { lengthOf, minus, times } from './vector.js';

/** Less than this many degrees of lean is rounding. */
const LEAN_DEGREES = 0.2;

/**
 * Slices that do not lie one above the other: all of them stacked at an angle to their normal, as a tilted
 * gantry leaves them, and single ones aside of the line of the others. Half a pixel aside is no matter.
 */
export function stackProblems(slices: readonly PositionedSlice[], normal: Vector): SliceProblem[] {
  const [first, last] = [slices[0], slices.at(-1)];
  if (!first || !last) return [];
  const half = Math.min(...first.plane.pixelSpacing) / 2;
  const aside = slices.map(({ plane, position }) => minus(plane.imagePosition, times(normal, position)));
  const lean = leanOf(slices, aside);
  const starts = aside.map((each, index) =>
    minus(each, times(lean, (slices[index] as PositionedSlice).position)),
  );
  const start = middleOf(starts);
  const far = starts.map((each) => lengthOf(minus(each, start)));
  return [...sheared(lengthOf(lean), last.position - first.position, half), ...displaced(slices, far, half)];
}

/**
 * mm aside for each mm along the normal, as between most slices and the next but one: of slices that lie aside by
 * turns each neighbour does, and none leans.
 */
function leanOf(slices: readonly PositionedSlice[], aside: readonly Vector[]): Vector {
  const step = slices.length < 4 ? 1 : 2;
  const leans = slices.slice(step).flatMap((slice, index) => {
    const along = slice.position - (slices[index] as PositionedSlice).position;
    return along > 0 ? [times(minus(aside[index + step] as Vector, aside[index] as Vector), 1 / along)] : [];
  });
  return leans.length === 0 ? [0, 0, 0] : middleOf(leans);
}

function middleOf(vectors: readonly Vector[]): Vector {
  const middle = (axis: 0 | 1 | 2) =>
    vectors.map((vector) => vector[axis]).sort((a, b) => a - b)[(vectors.length - 1) >> 1] as number;
  return [middle(0), middle(1), middle(2)];
}

function sheared(lean: number, height: number, half: number): SliceProblem[] {
  const angle = (Math.atan(lean) * 180) / Math.PI;
  if (angle <= LEAN_DEGREES || lean * height <= half) return [];
  const degrees = Number(angle.toFixed(1));
  return [
    {
      kind: 'sheared',
      sentence: `The slices are stacked at ${degrees} degrees to their normal, as with a tilted gantry.`,
      angle: degrees,
    },
  ];
}

function displaced(slices: readonly PositionedSlice[], far: readonly number[], half: number): SliceProblem[] {
  const odd = slices.filter((_, index) => (far[index] as number) > half);
  if (odd.length === 0) return [];
  const furthest = mm(far.reduce((most, each) => Math.max(most, each), 0));
  const how = odd.length === 1 ? `lies ${furthest} mm` : `lie up to ${furthest} mm`;
  return [
    {
      kind: 'displaced',
      sentence: `${nameSlices(odd)} ${how} aside of the line of the other slices.`,
      count: odd.length,
    },
  ];
}

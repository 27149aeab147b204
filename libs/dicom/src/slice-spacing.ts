import { mm, type SliceProblem } from './slice-problem.js';

/** A distance within this share of the median (and 0.05 mm) is even. */
const EVEN = 0.05;
const EVEN_MM = 0.05;
/** A distance is a whole number of spacings, give or take this share of one. */
const WHOLE = 0.2;
/** Distances outside these shares of the spacing are no slight unevenness. */
const SLIGHT = [0.5, 1.5] as const;
/** As many wide distances side by side are holes; more are another spacing. */
const HOLES_TOGETHER = 2;

interface Distance {
  readonly from: number;
  readonly to: number;
  /** How many spacings it is long; 0 for one that is no whole number of them. */
  readonly steps: number;
}

/** Gaps, uneven distances and repeated positions; `positions` ascending, `spacing` their median distance. */
export function spacingProblems(positions: readonly number[], spacing: number, same: number): SliceProblem[] {
  const between = positions.slice(1).map((to, index) => ({ from: positions[index] as number, to }));
  const distances = between
    .filter(({ from, to }) => to - from > same)
    .map(({ from, to }) => ({ from, to, steps: stepsIn(to - from, spacing) }));
  const repeated = between.length - distances.length;
  const wide = distances.filter(({ steps }) => steps > 1);
  const holes = areHoles(distances);
  return [
    ...(holes ? wide.map(gap) : []),
    ...(repeated > 0 ? [duplicates(repeated)] : []),
    ...(holes || wide.length === 0 ? [] : [change(wide, distances.length, spacing)]),
    ...unevenness(
      distances.filter(({ steps }) => steps === 0),
      spacing,
    ),
  ];
}

function stepsIn(distance: number, spacing: number): number {
  if (Math.abs(distance - spacing) <= Math.max(EVEN_MM, EVEN * spacing)) return 1;
  const steps = distance / spacing;
  const whole = Math.round(steps);
  return whole > 1 && Math.abs(steps - whole) <= WHOLE ? whole : 0;
}

/**
 * Whether all distances of several spacings are slices left out of an even series: few of them, with even
 * distances on both sides. Many of them, or many side by side, are a change of the spacing.
 */
function areHoles(distances: readonly Distance[]): boolean {
  const wide = distances.filter(({ steps }) => steps > 1).length;
  if (wide * 3 > distances.length) return false;
  let run = 0;
  for (const [index, { steps }] of distances.entries()) {
    run = steps > 1 ? run + 1 : 0;
    if (run > HOLES_TOGETHER) return false;
    const atAnEnd = run === index + 1 || index === distances.length - 1;
    if (run > 1 && atAnEnd) return false;
  }
  return true;
}

function gap({ from, to, steps }: Distance): SliceProblem {
  const missing = steps - 1;
  const many = missing === 1 ? 'One slice is' : `${missing} slices are`;
  return {
    kind: 'gap',
    sentence: `${many} missing between ${mm(from)} mm and ${mm(to)} mm along the normal.`,
    between: [from, to],
    missing,
  };
}

function change(wide: readonly Distance[], all: number, spacing: number): SliceProblem {
  const [first] = wide as [Distance];
  return {
    kind: 'changed-spacing',
    sentence: `The spacing of the slices changes: ${wide.length} of ${all} distances are ${rangeOf(wide)} mm, not ${mm(spacing)} mm, the first of them at ${mm(first.from)} mm.`,
    between: [first.from, first.to],
    count: wide.length,
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

function unevenness(uneven: readonly Distance[], spacing: number): SliceProblem[] {
  const [first] = uneven;
  if (first === undefined) return [];
  const many =
    uneven.length === 1
      ? 'One of the distances between slices differs'
      : `${uneven.length} of the distances between slices differ`;
  return [
    {
      kind: uneven.every(({ from, to }) => isSlight((to - from) / spacing)) ? 'uneven' : 'changed-spacing',
      sentence: `${many} from ${mm(spacing)} mm: ${rangeOf(uneven)} mm, the first of them at ${mm(first.from)} mm.`,
      between: [first.from, first.to],
      count: uneven.length,
    },
  ];
}

function isSlight(share: number): boolean {
  return share >= SLIGHT[0] && share <= SLIGHT[1];
}

function rangeOf(distances: readonly Distance[]): string {
  const lengths = distances.map(({ from, to }) => to - from).sort((a, b) => a - b);
  const [least, most] = [lengths[0] as number, lengths.at(-1) as number];
  return mm(least) === mm(most) ? mm(least) : `${mm(least)} to ${mm(most)}`;
}

import type { SlicePlane } from './plane.js';
import {
  nameSlices,
  type PositionedSlice,
  type SliceProblem,
  type SliceProblemKind,
} from './slice-problem.js';

/** Cosine of the tenth of a degree within which two directions are one; senders round their cosines. */
const SAME_DIRECTION = Math.cos((0.1 * Math.PI) / 180);
/** Pixel spacings that differ by more than this share are two spacings. */
const SAME_SPACING = 1e-3;

/**
 * Size, pixel spacing, orientation and frame of reference that are not the same in all slices. Each slice is
 * held against what most of them have, so that the odd one is named, be it the first.
 */
export function mixedProblems(slices: readonly PositionedSlice[]): SliceProblem[] {
  const problems: SliceProblem[] = [];
  const judge = (kind: SliceProblemKind, differs: (plane: SlicePlane) => boolean, what: string) => {
    const odd = slices.filter(({ plane }) => differs(plane));
    if (odd.length === 0) return;
    const have = odd.length === 1 ? 'has' : 'have';
    problems.push({
      kind,
      sentence: `${nameSlices(odd)} ${have} ${what} than the others.`,
      count: odd.length,
    });
  };
  const planes = slices.map(({ plane }) => plane);
  const size = usual(planes.map(({ rows, columns }) => `${rows} x ${columns}`));
  judge(
    'mixed-size',
    ({ rows, columns }) => `${rows} x ${columns}` !== size,
    'another number of rows or columns',
  );
  const spacing = [0, 1].map((axis) => middle(planes.map((plane) => plane.pixelSpacing[axis] as number)));
  judge(
    'mixed-spacing',
    ({ pixelSpacing }) => pixelSpacing.some((each, axis) => differ(each, spacing[axis] as number)),
    'another pixel spacing',
  );
  const direction = [0, 1, 2, 3, 4, 5].map((axis) =>
    middle(planes.map(({ imageOrientation }) => imageOrientation[axis] as number)),
  );
  judge(
    'mixed-orientation',
    (plane) => !sameOrientation(plane.imageOrientation, direction),
    'another orientation',
  );
  const frame = usual(planes.flatMap(({ frameOfReferenceUid }) => frameOfReferenceUid ?? []));
  judge(
    'mixed-frame-of-reference',
    ({ frameOfReferenceUid }) => frameOfReferenceUid !== undefined && frameOfReferenceUid !== frame,
    'another Frame of Reference UID',
  );
  return problems;
}

function usual(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The middle one of some numbers, never one between two of them. */
function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > SAME_SPACING * b;
}

function sameOrientation(p: readonly number[], q: readonly number[]): boolean {
  return (
    cosine(p.slice(0, 3), q.slice(0, 3)) >= SAME_DIRECTION && cosine(p.slice(3), q.slice(3)) >= SAME_DIRECTION
  );
}

/** Middles of components need not make a unit vector. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, axis) => sum + value * (b[axis] as number), 0);
  return product / (Math.hypot(...a) * Math.hypot(...b));
}

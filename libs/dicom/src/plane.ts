import type { Dataset } from './dataset.js';
import { numberOf, numbersOf, stringOf } from './dataset.js';
import { tags } from './tags.js';
import type { Vector } from './vector.js';
import { cross, dot, unit } from './vector.js';

/** Where a slice lies in the patient (PS3.3 C.7.6.2): mm, in the patient's coordinates. */
export interface SlicePlane {
  /** Centre of the first pixel. */
  imagePosition: [number, number, number];
  /** Unit vectors along a row (of growing column) and along a column (of growing row). */
  imageOrientation: [number, number, number, number, number, number];
  /** Distance between rows, then between columns. */
  pixelSpacing: [number, number];
  rows: number;
  columns: number;
  frameOfReferenceUid?: string;
}

/** Senders round direction cosines; beyond this the two directions are not at right angles. */
const MAX_COSINE_BETWEEN = 0.01;

/**
 * The plane of a slice, or undefined when an attribute for it is absent, or it is none (zero vectors,
 * directions not at right angles, spacing not positive).
 */
export function planeOf(dataset: Dataset): SlicePlane | undefined {
  const position = numbersOf(dataset, tags.ImagePositionPatient);
  const orientation = numbersOf(dataset, tags.ImageOrientationPatient);
  const spacing = numbersOf(dataset, tags.PixelSpacing);
  const rows = numberOf(dataset, tags.Rows);
  const columns = numberOf(dataset, tags.Columns);
  if (position.length !== 3 || orientation.length !== 6 || spacing.length !== 2) return undefined;
  if (!rows || !columns || !spacing.every((each) => each > 0)) return undefined;
  const row = unit(orientation.slice(0, 3) as unknown as Vector);
  const column = unit(orientation.slice(3) as unknown as Vector);
  if (!row || !column || Math.abs(dot(row, column)) > MAX_COSINE_BETWEEN) return undefined;
  const frameOfReferenceUid = stringOf(dataset, tags.FrameOfReferenceUID);
  return {
    imagePosition: position as SlicePlane['imagePosition'],
    imageOrientation: [...row, ...column],
    pixelSpacing: spacing as SlicePlane['pixelSpacing'],
    rows,
    columns,
    ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }),
  };
}

/** The unit normal of a plane: row direction x column direction. */
export function normalOf(plane: SlicePlane): Vector {
  const [a, b, c, d, e, f] = plane.imageOrientation;
  return unit(cross([a, b, c], [d, e, f])) as Vector;
}

import type { Dataset } from './dataset.js';
import { statedNumbers, stringOf } from './dataset.js';
import { tagText } from './errors.js';
import { tags } from './tags.js';
import type { Vector } from './vector.js';
import { cross, dot, lengthOf, unit } from './vector.js';

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
/** By how much the length of a direction may miss one, for the same reason. */
const MAX_LENGTH_OFF = 0.01;
/** mm. No patient lies further from an origin, and no pixel is smaller or larger. */
const FURTHEST = 100_000;
const SMALLEST_PIXEL = 0.001;
const LARGEST_PIXEL = 100;

const names: Readonly<Record<string, string>> = {
  [tags.ImagePositionPatient]: 'Image Position (Patient)',
  [tags.ImageOrientationPatient]: 'Image Orientation (Patient)',
  [tags.PixelSpacing]: 'Pixel Spacing',
  [tags.Rows]: 'Rows',
  [tags.Columns]: 'Columns',
};

/** Where an image lies, or why that cannot be said: the attribute and how its value looks, as half a sentence. */
export type ReadPlane = { readonly plane: SlicePlane } | { readonly problem: string };

/** The plane of a slice, or undefined when an attribute for it is absent or unreadable, or it is none. */
export function planeOf(dataset: Dataset): SlicePlane | undefined {
  const read = readPlane(dataset);
  return 'plane' in read ? read.plane : undefined;
}

/** Reads the plane of a slice, and names the first attribute that keeps it from having one. */
export function readPlane(dataset: Dataset): ReadPlane {
  const position = numbers(dataset, tags.ImagePositionPatient, 3);
  const orientation = numbers(dataset, tags.ImageOrientationPatient, 6);
  const spacing = numbers(dataset, tags.PixelSpacing, 2);
  const rows = numbers(dataset, tags.Rows, 1);
  const columns = numbers(dataset, tags.Columns, 1);
  for (const read of [position, orientation, spacing, rows, columns]) {
    if (typeof read === 'string') return { problem: read };
  }
  return planeFrom(dataset, {
    position: position as number[],
    orientation: orientation as number[],
    spacing: spacing as number[],
    size: [...(rows as number[]), ...(columns as number[])],
  });
}

function planeFrom(
  dataset: Dataset,
  { position, orientation, spacing, size }: Record<'position' | 'orientation' | 'spacing' | 'size', number[]>,
): ReadPlane {
  if (!position.every((each) => Math.abs(each) <= FURTHEST)) {
    return problem(tags.ImagePositionPatient, 'lies further off than any patient');
  }
  const directions = [orientation.slice(0, 3), orientation.slice(3)] as unknown as [Vector, Vector];
  const [row, column] = directions.map(unit);
  if (!row || !column || Math.abs(dot(row, column)) > MAX_COSINE_BETWEEN) {
    return problem(tags.ImageOrientationPatient, 'is not two directions at right angles');
  }
  if (!directions.every((each) => Math.abs(lengthOf(each) - 1) <= MAX_LENGTH_OFF)) {
    return problem(tags.ImageOrientationPatient, 'is not two directions of length 1');
  }
  if (!spacing.every((each) => each >= SMALLEST_PIXEL && each <= LARGEST_PIXEL)) {
    return problem(tags.PixelSpacing, `is no size of pixels: \`${spacing.join('\\')}\``);
  }
  const [rows, columns] = size as [number, number];
  const sound = (count: number) => Number.isInteger(count) && count > 0;
  if (!sound(rows)) return problem(tags.Rows, `is \`${rows}\``);
  if (!sound(columns)) return problem(tags.Columns, `is \`${columns}\``);
  const frameOfReferenceUid = stringOf(dataset, tags.FrameOfReferenceUID);
  return {
    plane: {
      imagePosition: position as SlicePlane['imagePosition'],
      imageOrientation: [...row, ...column],
      pixelSpacing: spacing as SlicePlane['pixelSpacing'],
      rows,
      columns,
      ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }),
    },
  };
}

function numbers(dataset: Dataset, tag: string, count: number): readonly number[] | string {
  const stated = statedNumbers(dataset, tag);
  if (stated.kind === 'absent') return named(tag, 'is not stated');
  if (stated.kind === 'unreadable') return named(tag, `cannot be read as numbers: ${stated.shape}`);
  const { length } = stated.values;
  if (length === count) return stated.values;
  return named(tag, `holds ${length} number${length === 1 ? '' : 's'}, not ${count}`);
}

const named = (tag: string, what: string) => `${names[tag]} ${tagText(tag)} ${what}`;
const problem = (tag: string, what: string) => ({ problem: named(tag, what) });

/** The unit normal of a plane: row direction x column direction. */
export function normalOf(plane: SlicePlane): Vector {
  const [a, b, c, d, e, f] = plane.imageOrientation;
  return unit(cross([a, b, c], [d, e, f])) as Vector;
}

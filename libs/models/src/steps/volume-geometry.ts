import {
  normalOf,
  orderSlices,
  planeOf,
  stringOf,
  tags,
  type Dataset,
  type SlicePlane,
} from '@prelector/dicom';
import { digestOf } from '@prelector/kernel';
import type { Affine, PatientVector } from './affine.js';
import { statedBySlices, type StatedBySlices } from '../stated-by-slices.js';

/** What the metadata of a volume promise of its images. */
export interface VolumeGeometry {
  readonly rows: number;
  readonly columns: number;
  /** mm: between slices, between rows, between columns. */
  readonly spacing: readonly [number, number, number];
  /** Digest of the SOP Instance UIDs, one for each slice, feet to head. */
  readonly order: string;
  /** What each slice states of its values and place; by default nothing was promised. */
  readonly stated?: StatedBySlices | undefined;
}

/** The geometry of images, or frames, that all have a plane. */
export function geometryOf(images: readonly Dataset[]): VolumeGeometry {
  const slices = images.map((image) => ({ plane: planeOf(image) as SlicePlane, item: image }));
  const { plane } = slices[0] as { plane: SlicePlane };
  const { items, spacing } = orderSlices(slices);
  const upwards = headwards(plane) ? items : items.toReversed();
  const uids = upwards.map((image) => stringOf(image, tags.SOPInstanceUID) ?? '');
  return {
    rows: plane.rows,
    columns: plane.columns,
    spacing: [spacing, ...plane.pixelSpacing],
    order: orderDigest(uids),
    stated: statedBySlices(upwards),
  };
}

/** True when the normal of the slices (rows x columns) points to the patient's head. */
export function headwards(plane: SlicePlane): boolean {
  return normalOf(plane)[2] >= 0;
}

/** Digest of the order of slices, feet to head. */
export const orderDigest = (sopInstanceUids: readonly string[]): string => digestOf([...sopInstanceUids]);

/**
 * Where the voxels of a volume lie whose slices are in order, feet to head, and turned upright (columns to the
 * patient's left, rows to the back). Exact for slices at even distances; of uneven ones, which are noted, each lies
 * where its own plane says, and the affine is that of the first and the last.
 */
export function affineOf(planes: readonly SlicePlane[]): Affine {
  const [first, last] = [planes[0], planes.at(-1)] as [SlicePlane, SlicePlane];
  const { pixelSpacing, rows, columns, imageOrientation: direction } = first;
  const along = (from: 0 | 3, mm: number): PatientVector => [
    direction[from] * mm,
    (direction[from + 1] as number) * mm,
    (direction[from + 2] as number) * mm,
  ];
  const [byRow, byColumn] = [along(3, pixelSpacing[0]), along(0, pixelSpacing[1])];
  const { mirrored, upsideDown } = turnOf(first);
  const corner = (plane: SlicePlane) =>
    plus(
      plus(plane.imagePosition, times(byColumn, mirrored ? columns - 1 : 0)),
      times(byRow, upsideDown ? rows - 1 : 0),
    );
  const step = planes.length < 2 ? 0 : 1 / (planes.length - 1);
  const bySlice = times(plus(last.imagePosition, times(first.imagePosition, -1)), step);
  return {
    origin: corner(first),
    axes: [bySlice, times(byRow, upsideDown ? -1 : 1), times(byColumn, mirrored ? -1 : 1)],
  };
}

/** How a slice has to be turned so that columns run to the patient's left and rows to the back. */
export const turnOf = ({ imageOrientation: direction }: SlicePlane) => ({
  mirrored: direction[0] < 0,
  upsideDown: direction[4] < 0,
});

const plus = (a: PatientVector, b: PatientVector): PatientVector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const times = (a: PatientVector, by: number): PatientVector => [a[0] * by, a[1] * by, a[2] * by];

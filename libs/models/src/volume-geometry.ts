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
import { statedBySlices, type StatedBySlices } from './stated-by-slices.js';

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

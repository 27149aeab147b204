import { attributeName } from '@prelector/dicom';
import { contradictedAttribute, orderDigest, type AssembledImage } from '@prelector/models';
import type { RunSeries } from './protocol.js';

/** mm, and share: servers spell the same decimal in several ways. */
const SAME_MM = 0.01;

/**
 * How the volume that the images make differs from the one that their metadata promised at selection, in its
 * geometry, its body part or an attribute that makes the number or the place of its voxels, in words; undefined where
 * it does not, or nothing was promised.
 */
export function geometryChange({ slices, geometry }: RunSeries, volume: AssembledImage): string | undefined {
  const [count, rows, columns] = volume.tensor.dims;
  if (slices !== undefined && slices !== count) return `${count} slices, ${slices} by the metadata`;
  if (geometry === undefined) return undefined;
  if (geometry.rows !== rows || geometry.columns !== columns) {
    return `${rows} x ${columns} pixels, ${geometry.rows} x ${geometry.columns} by the metadata`;
  }
  const changed = geometry.spacing.some(
    (each, axis) => Math.abs(each - (volume.spacing[axis] as number)) > SAME_MM,
  );
  if (changed) {
    return `voxels of ${inMm(volume.spacing)}, ${inMm(geometry.spacing)} by the metadata`;
  }
  if (orderDigest(volume.order) !== geometry.order)
    return 'the slices lie in another order than by the metadata';
  const contradicted = geometry.stated && contradictedAttribute(geometry.stated, volume.stated);
  return contradicted && `${attributeName(contradicted)} is another in the files than in the metadata`;
}

const inMm = (spacing: readonly number[]) =>
  `${spacing.map((each) => Number(each.toFixed(3))).join(' x ')} mm`;

import { orderSlices, readPlane, statedNumber, tags, type Dataset, type SlicePlane } from '@prelector/dicom';
import { impossible } from './positive-attributes.js';
import { plainNumber } from './words.js';

/** Tissue that no slice shows, or why nobody can say. */
export type SliceGap =
  | { readonly kind: 'unknown'; readonly why: string }
  /** mm; negative where slices overlap. */
  | { readonly kind: 'gap'; readonly gap: number; readonly spacing: number; readonly thickness: number };

/**
 * The widest gap between neighbouring slices: the largest distance of their centres along the normal (PS3.3 C.7.6.2) less
 * the smallest Slice Thickness (0018,0050). Spacing Between Slices (0018,0088) is not believed.
 */
export function sliceGap(images: readonly Dataset[]): SliceGap {
  const slices: { plane: SlicePlane; item: undefined }[] = [];
  let thickness = Infinity;
  for (const image of images) {
    const read = readPlane(image);
    if ('problem' in read) return { kind: 'unknown', why: read.problem };
    slices.push({ plane: read.plane, item: undefined });
    const stated = statedNumber(image, tags.SliceThickness);
    if (stated.kind === 'absent') return { kind: 'unknown', why: 'slice thickness not stated' };
    if (stated.kind === 'unreadable') {
      return { kind: 'unknown', why: `slice thickness unreadable: ${stated.shape}` };
    }
    const reason = impossible('SliceThickness', stated.value);
    if (reason !== undefined) return { kind: 'unknown', why: reason };
    thickness = Math.min(thickness, stated.value);
  }
  if (slices.length < 2) return { kind: 'unknown', why: 'fewer than two slices' };
  const { positions } = orderSlices(slices);
  let spacing = 0;
  for (let index = 1; index < positions.length; index++) {
    spacing = Math.max(spacing, (positions[index] as number) - (positions[index - 1] as number));
  }
  return { kind: 'gap', gap: spacing - thickness, spacing, thickness };
}

/** A gap as it is printed, and as it is judged: mm, to the thousandth. */
export const gapSize = ({ gap }: { readonly gap: number }) => plainNumber(gap);

/** `7 mm (slices of 1 mm every 8 mm)`, `none (slices of 1.25 mm every 1.25 mm)`, or why nobody can say. */
export function gapText(gap: SliceGap): string {
  if (gap.kind === 'unknown') return `not known: ${gap.why}`;
  const size = gapSize(gap);
  const words = Number(size) > 0 ? `${size} mm` : 'none';
  return `${words} (slices of ${plainNumber(gap.thickness)} mm every ${plainNumber(gap.spacing)} mm)`;
}

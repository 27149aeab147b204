import { stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import type { Manifest } from './manifest.js';

/**
 * Whether a model reads an image, or a frame in the form of one: SOP Class, and Image Type, which of a frame
 * is its Frame Type. A frame of a mixed object that states no type of its own is none that is known.
 */
export function isRead({ sopClasses, imageType }: Manifest['input']['selection'], image: Dataset): boolean {
  const types = new Set(stringsOf(image, tags.ImageType).map((value) => value.toUpperCase()));
  const matches = (entry: string) =>
    entry
      .toUpperCase()
      .split(/[\\/]/u)
      .every((value) => types.has(value.trim()));
  return (
    sopClasses.includes(stringOf(image, tags.SOPClassUID) ?? '') &&
    !types.has('MIXED') &&
    !imageType.exclude.some(matches) &&
    imageType.require.every(matches)
  );
}

import { stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import type { Manifest } from './manifest.js';
import { matchesPattern } from './pattern.js';

/**
 * What an image is, or a frame in the form of one: the values of Image Type (which of a frame is its Frame Type,
 * PS3.3 C.8.16.1), and the Volume Based Calculation Technique (PS3.3 C.8.16.2) where there is one.
 */
export function typesOf(image: Dataset): string[] {
  const technique = stringsOf(image, tags.VolumeBasedCalculationTechnique);
  return [
    ...stringsOf(image, tags.ImageType),
    ...technique.filter((value) => value.trim().toUpperCase() !== 'NONE'),
  ];
}

/**
 * Whether a model reads an image or a frame: SOP Class, and types. A frame of a mixed object that states no type
 * of its own is none that is known.
 */
export function isRead({ sopClasses, imageType }: Manifest['input']['selection'], image: Dataset): boolean {
  const types = typesOf(image);
  const occurs = (pattern: string) => types.some((value) => matchesPattern(value, pattern));
  const matches = (entry: string) => entry.split(/[\\/]/u).every((pattern) => occurs(pattern.trim()));
  return (
    sopClasses.includes(stringOf(image, tags.SOPClassUID) ?? '') &&
    !occurs('MIXED') &&
    !imageType.exclude.some(matches) &&
    imageType.require.every(matches)
  );
}

import { stringOf, stringsOf, tagOf, tags, type Dataset } from '@prelector/dicom';
import type { Manifest } from './manifest.js';
import { matchesPattern } from './pattern.js';

const acquisitionType = tagOf('AcquisitionType');

/**
 * What an image is, or a frame in the form of one: the values of Image Type (of a frame its Frame Type and what
 * Image Type says against it, PS3.3 C.8.16.1); the Volume Based Calculation Technique and Volumetric Properties
 * (PS3.3 C.8.16.2) of one that is no plain volume; and CONSTANT_ANGLE of Acquisition Type (PS3.3 C.8.15.3.2),
 * which is a localizer's.
 */
export function typesOf(image: Dataset): string[] {
  const stated = (tag: string, silent: RegExp) =>
    stringsOf(image, tag).filter((value) => !silent.test(value.trim()));
  return [
    ...stringsOf(image, tags.ImageType),
    ...stated(tags.VolumeBasedCalculationTechnique, /^NONE$/iu),
    ...stated(tags.VolumetricProperties, /^(?:VOLUME)?$/iu),
    ...stated(acquisitionType, /^(?!CONSTANT_ANGLE$)/iu),
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

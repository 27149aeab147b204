import { attributeName, stringOf, stringsOf, tagOf, tags, valueText, type Dataset } from '@prelector/dicom';
import type { SelectionSpec } from './manifest-parts.js';
import { matchesPattern } from './pattern.js';

/** The attributes that say what an image is, each with the values of it that say nothing. */
const typeAttributes: readonly (readonly [tag: string, silent: RegExp | undefined])[] = [
  [tags.ImageType, undefined],
  [tags.VolumeBasedCalculationTechnique, /^NONE$/iu],
  [tags.VolumetricProperties, /^(?:VOLUME)?$/iu],
  [tagOf('AcquisitionType'), /^(?!CONSTANT_ANGLE$)/iu],
];

/** What `isRead` goes by. */
export const typeTags: readonly string[] = [tags.SOPClassUID, ...typeAttributes.map(([tag]) => tag)];

/**
 * What an image is, or a frame in the form of one: the values of Image Type (of a frame its Frame Type and what
 * Image Type says against it, PS3.3 C.8.16.1); the Volume Based Calculation Technique and Volumetric Properties
 * (PS3.3 C.8.16.2) of one that is no plain volume; and CONSTANT_ANGLE of Acquisition Type (PS3.3 C.8.15.3.2),
 * which is a localizer's.
 */
export function typesOf(image: Dataset): string[] {
  return typeAttributes.flatMap((attribute) => statedIn(image, attribute));
}

function statedIn(image: Dataset, [tag, silent]: (typeof typeAttributes)[number]): string[] {
  return stringsOf(image, tag).filter((value) => !silent?.test(value.trim()));
}

/**
 * Whether a model reads an image or a frame: SOP Class, and types. A frame of a mixed object that states no type
 * of its own is none that is known.
 */
export function isRead(selection: SelectionSpec, image: Dataset): boolean {
  return unreadProblem(selection, image) === undefined;
}

/** Why a model does not read an image or a frame, by the attribute and its value; or undefined. */
export function unreadProblem({ sopClasses, imageType }: SelectionSpec, image: Dataset): string | undefined {
  if (!sopClasses.includes(stringOf(image, tags.SOPClassUID) ?? '')) return stated(image, tags.SOPClassUID);
  const types = typesOf(image);
  const occurs = (pattern: string) => types.some((value) => matchesPattern(value, pattern));
  const patternsOf = (entry: string) => entry.split(/[\\/]/u).map((pattern) => pattern.trim());
  const matches = (entry: string) => patternsOf(entry).every(occurs);
  const met = occurs('MIXED') ? 'MIXED' : imageType.exclude.find(matches);
  if (met !== undefined) {
    const isMeant = (value: string) => patternsOf(met).some((pattern) => matchesPattern(value, pattern));
    const meant = typeAttributes.filter((attribute) => statedIn(image, attribute).some(isMeant));
    return meant.map(([tag]) => stated(image, tag)).join(' and ');
  }
  return imageType.require.every(matches) ? undefined : stated(image, tags.ImageType);
}

/** Of a frame Image Type is what its Frame Type and that of its object say together. */
function stated(image: Dataset, tag: string): string {
  const isFrame = tag === tags.ImageType && image[tags.FrameType] !== undefined;
  const name = isFrame ? `${attributeName(tags.FrameType)} with Image Type` : attributeName(tag);
  const element = image[tag];
  return element === undefined ? `${name} is absent` : `${name} is ${valueText(element)}`;
}

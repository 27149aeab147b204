import type { Dataset } from '@prelector/dicom';
import { itemsOf, tags } from '@prelector/dicom';

const isPrivate = (tag: string) => Number.parseInt(tag.slice(3, 4), 16) % 2 === 1;

/**
 * Whether metadata leave out a value that stands in the file: taken as they are they would call it absent. Of an
 * implicit file some servers leave out the descriptor of a Modality LUT, whose VR the dictionary does not fix.
 */
export function losesValues(dataset: Dataset): boolean {
  return losesNumbers(dataset) || itemsOf(dataset, tags.ModalityLUTSequence).some(lacksDescriptor);
}

const lacksDescriptor = (lut: Dataset) => !lut[tags.LUTDescriptor]?.Value?.length;

function losesNumbers(dataset: Dataset): boolean {
  return Object.entries(dataset).some(
    ([tag, { vr, lost }]) =>
      !isPrivate(tag) && (lost ?? (vr === 'SQ' && itemsOf(dataset, tag).some(losesNumbers))),
  );
}

const everyImage = [tags.ImagePositionPatient, tags.ImageOrientationPatient, tags.PixelSpacing];
const rescaled = [tags.RescaleSlope, tags.RescaleIntercept];

/** What images of a modality state of their numbers and places; of these metadata are compared with a file. */
export function mattersIn(modality: string): readonly string[] {
  return modality === 'CT' || modality === 'PT' ? [...everyImage, ...rescaled] : everyImage;
}

/** Which of these attributes a data set has no value of; none of an image whose frames state them (PS3.3 C.7.6.16). */
export function leavesOut(dataset: Dataset, attributes: readonly string[]): string[] {
  if (itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence).length > 0) return [];
  return attributes.filter((tag) => (dataset[tag]?.Value ?? []).every((value) => value === null));
}

import type { Dataset } from '@prelector/dicom';
import { itemsOf } from '@prelector/dicom';

/** Whether metadata leave out a number that stands in the file: taken as they are they would call it absent. */
export function losesNumbers(dataset: Dataset): boolean {
  return Object.entries(dataset).some(
    ([tag, { vr, lost }]) => lost ?? (vr === 'SQ' && itemsOf(dataset, tag).some(losesNumbers)),
  );
}

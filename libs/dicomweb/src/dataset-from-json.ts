import type { Dataset } from '@prelector/dicom';

export function datasetFromJson(value: unknown): Dataset {
  return value as Dataset;
}

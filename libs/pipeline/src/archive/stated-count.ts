import type { Dataset } from '@prelector/dicom';
import { numberOf } from '@prelector/dicom';
import { limits } from '@prelector/kernel';

/**
 * A number of related series or instances (PS3.4 table C.6.1-1 and following) as a server states it. Undefined where it
 * is absent or can be no count of what the server lists, such as zero, a fraction or a negative number: whoever needs
 * one counts the list.
 */
export function statedCount(answer: Dataset, tag: string): number | undefined {
  const count = numberOf(answer, tag);
  const isCount = count !== undefined && Number.isInteger(count) && count > 0;
  return isCount && count <= limits.instancesPerStudy ? count : undefined;
}

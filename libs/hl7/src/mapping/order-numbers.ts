import { namespaceText } from '@prelector/findings';
import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { isLookupValue } from './lookup-value.js';

/** An accession number of an order. `possible`: an order number that this RIS may use as one. */
export interface AccessionNumber {
  readonly value: string;
  readonly issuer?: string;
  readonly source: 'stated' | 'possible';
}

/** An order number with the assigning authority within which it is unique (HL7 v2 2.A.28, EI). */
export interface OrderNumber {
  readonly value: string;
  readonly namespace?: string;
}

/** The order numbers that may be the accession number of an order which states none as such. */
export function possibleAccessions(
  group: SegmentGroup,
  { possibleAccessionNumber }: Pick<FeedMapping, 'possibleAccessionNumber'>,
): AccessionNumber[] {
  const numbers = possibleAccessionNumber.flatMap((path) => group.value(path) ?? []);
  // Their issuer is left open: the authority of an order number is not the issuer of an accession number.
  return [...new Set(numbers)].filter(isLookupValue).map((value) => ({ value, source: 'possible' }));
}

/** The first order number that is stated, with the authority that its own field names (EI-2 and EI-3). */
export function orderNumber(group: SegmentGroup, paths: readonly string[]): OrderNumber | undefined {
  for (const path of paths) {
    // An explicit null deletes no order number, and ends no search for it.
    const value = group.value(path);
    if (value === undefined) continue;
    const namespace = /-\d+$/u.test(path)
      ? namespaceAt([`${path}.2`, `${path}.3`], (paths) => group.firstOf(paths))
      : undefined;
    return { value, ...(namespace ? { namespace } : {}) };
  }
  return undefined;
}

/** The namespace that stands at these paths: a third component is a universal id (EI-3), any other a namespace id. */
export function namespaceAt(
  paths: readonly string[],
  firstOf: (paths: readonly string[]) => string | undefined,
): string | undefined {
  const isUniversal = (path: string): boolean => path.endsWith('.3');
  return namespaceText({
    local: firstOf(paths.filter((path) => !isUniversal(path))),
    universal: firstOf(paths.filter(isUniversal)),
  });
}

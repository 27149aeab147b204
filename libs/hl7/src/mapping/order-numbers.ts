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

/**
 * The accession number that an order states; where it states none, the order numbers that may be one. An
 * explicit null (`""`) states that there is none, and then no order number stands in for it.
 */
export function accessionNumbers(
  group: SegmentGroup,
  mapping: Pick<FeedMapping, 'accessionNumber' | 'possibleAccessionNumber'>,
): AccessionNumber[] {
  for (const { value, issuer } of mapping.accessionNumber) {
    const stated = group.stated(value);
    if (stated === null) return [];
    if (stated === undefined) continue;
    const issuedBy = namespaceAt(group, issuer);
    return [{ value: stated, ...(issuedBy ? { issuer: issuedBy } : {}), source: 'stated' }];
  }
  const numbers = mapping.possibleAccessionNumber.flatMap((path) => group.value(path) ?? []);
  // Their issuer is left open: the authority of an order number is not the issuer of an accession number.
  return [...new Set(numbers)].filter(isLookupValue).map((value) => ({ value, source: 'possible' }));
}

/** True where the first path that states anything states an explicit null: there is no accession number. */
export function statesNoAccession(
  group: SegmentGroup,
  { accessionNumber }: Pick<FeedMapping, 'accessionNumber'>,
): boolean {
  return accessionNumber.map(({ value }) => group.stated(value)).find((each) => each !== undefined) === null;
}

/** The first order number that is stated, with the authority that its own field names (EI-2 and EI-3). */
export function orderNumber(group: SegmentGroup, paths: readonly string[]): OrderNumber | undefined {
  for (const path of paths) {
    const value = group.stated(path);
    if (value === null) return undefined;
    if (value === undefined) continue;
    const namespace = /-\d+$/u.test(path) ? namespaceAt(group, [`${path}.2`, `${path}.3`]) : undefined;
    return { value, ...(namespace ? { namespace } : {}) };
  }
  return undefined;
}

/** The namespace that stands at these paths: a third component is a universal id (EI-3), any other a namespace id. */
function namespaceAt(group: SegmentGroup, paths: readonly string[]): string | undefined {
  const isUniversal = (path: string): boolean => path.endsWith('.3');
  return namespaceText({
    local: group.firstOf(paths.filter((path) => !isUniversal(path))),
    universal: group.firstOf(paths.filter(isUniversal)),
  });
}

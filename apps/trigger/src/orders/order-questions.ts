import type { QidoQuery } from '@prelector/dicomweb';
import type { KeptIdentity, OrderRow } from '@prelector/ledger';

export type AccessionNumber = NonNullable<KeptIdentity['accessions']>[number];

/** The accession numbers that an order states; where it states none, those that may be one. */
export function accessionsOf({
  accessions,
  accessionNumber,
  issuerOfAccessionNumber,
}: KeptIdentity): AccessionNumber[] {
  const all = accessions ?? [];
  const stated = all.filter(({ source }) => source === 'stated');
  if (!accessionNumber) return stated.length > 0 ? stated : [...all];
  if (stated.some((each) => each.value === accessionNumber)) return stated;
  return [{ value: accessionNumber, issuer: issuerOfAccessionNumber, source: 'stated' }, ...stated];
}

/** What an archive is asked for an order. */
export interface Questions {
  readonly first: readonly QidoQuery[];
  /** Where no archive has any study that the order names: not every modality takes over the UID it was given. */
  readonly otherwise: readonly QidoQuery[];
}

/**
 * The studies that an order names are asked for, and its accession number where none of them is anywhere; the
 * accession numbers alone of an order that names none. What only may be an accession number never stands in for
 * a study that is named: it may be that of another one.
 */
export function questionsFor(
  { studyInstanceUids }: Pick<OrderRow, 'studyInstanceUids'>,
  accessions: readonly AccessionNumber[],
): Questions {
  const byNumber = (all: readonly AccessionNumber[]) =>
    [...new Set(all.map((each) => each.value))].map((accessionNumber) => ({ accessionNumber }));
  if (studyInstanceUids.length === 0) return { first: byNumber(accessions), otherwise: [] };
  return {
    first: studyInstanceUids.map((studyInstanceUid) => ({ studyInstanceUid })),
    otherwise: byNumber(accessions.filter(({ source }) => source === 'stated')),
  };
}

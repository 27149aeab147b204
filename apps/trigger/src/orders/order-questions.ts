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

/** What an archive is asked for an order: the studies it names, else its accession numbers, each once. */
export function questionsFor(
  order: Pick<OrderRow, 'studyInstanceUids'>,
  accessions: readonly AccessionNumber[],
): QidoQuery[] {
  if (order.studyInstanceUids.length > 0) {
    return order.studyInstanceUids.map((studyInstanceUid) => ({ studyInstanceUid }));
  }
  return [...new Set(accessions.map((each) => each.value))].map((accessionNumber) => ({ accessionNumber }));
}

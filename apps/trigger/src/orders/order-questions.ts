import type { QidoQuery } from '@prelector/dicomweb';
import type { AccessionNumber, OrderRow } from '@prelector/ledger';

/** What an archive is asked for an order. */
export interface Questions {
  readonly first: readonly QidoQuery[];
  /**
   * Where no archive has any study that the order names, as not every modality takes over the UID it was given, or none
   * under its number, as images may have been made under the number that was corrected since.
   */
  readonly otherwise: readonly QidoQuery[];
}

/**
 * The studies that an order names are asked for, and its accession number where none of them is anywhere; the
 * accession numbers alone of an order that names none, and its former ones where nothing stands under these. What only
 * may be an accession number never stands in for a study that is named: it may be that of another one.
 */
export function questionsFor(
  { studyInstanceUids }: Pick<OrderRow, 'studyInstanceUids'>,
  accessions: readonly AccessionNumber[],
): Questions {
  const byNumber = (all: readonly AccessionNumber[]) =>
    [...new Set(all.map((each) => each.value))].map((accessionNumber) => ({ accessionNumber }));
  const former = accessions.filter(({ source }) => source === 'former');
  const borne = accessions.filter(({ source }) => source !== 'former');
  if (studyInstanceUids.length === 0) return { first: byNumber(borne), otherwise: byNumber(former) };
  return {
    first: studyInstanceUids.map((studyInstanceUid) => ({ studyInstanceUid })),
    otherwise: byNumber([...borne.filter(({ source }) => source === 'stated'), ...former]),
  };
}

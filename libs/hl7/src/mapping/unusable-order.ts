import { limits } from '@prelector/kernel';
import type { MappedOrder } from './mapped-order.js';
import type { UnusableNote } from './order-notes.js';

export type Refusal = Omit<UnusableNote, 'position'>;

/** Without what names a study, which a person may look for the order by and nothing else. */
export function whatIsLeft(order: MappedOrder): MappedOrder {
  const {
    accessionNumber: _accessionNumber,
    issuerOfAccessionNumber: _issuerOfAccessionNumber,
    isAccessionUnread: _isAccessionUnread,
    isBesideUsable: _isBesideUsable,
    unaskable: _unaskable,
    ...rest
  } = order;
  const {
    accessionNumber: _number,
    issuerOfAccessionNumber: _issuer,
    studyInstanceUid: _uid,
    ...patient
  } = order.identity;
  return {
    ...rest,
    identity: patient,
    studyInstanceUids: [],
    accessions: [],
    setAside: {
      accessions: [...order.accessions.map(({ value }) => value), ...order.setAside.accessions],
      studyInstanceUids: [...order.studyInstanceUids, ...order.setAside.studyInstanceUids],
    },
    askable: false,
  };
}

/**
 * Why an order cannot be used; undefined when it can. An identifier that is set aside makes no order unusable which can be
 * asked for, or known, without it; only a patient who is named and cannot be told from others does.
 *
 * @param setAside why identifiers of it are, as half a sentence each
 */
export function unusabilityOf(
  order: MappedOrder,
  setAside: readonly string[],
  unreadPatient: string | undefined,
): Refusal | undefined {
  if (unreadPatient !== undefined) return { errorCode: '102', text: unreadPatient };
  if (namesAStudy(order)) return undefined;
  const [first] = setAside;
  return first === undefined ? { errorCode: '101', text: nothingToAsk } : { errorCode: '102', text: first };
}

/** Of several Study Instance UIDs of which each may be one order's of several. */
export const unplacedUid =
  'several Study Instance UIDs stand beside several accession numbers, and say not of which each is: IPC-3 beside IPC-1 would';
/** Of a Study Instance UID that is none. */
export const noUid = 'a Study Instance UID is not one: numbers with dots between them, at most 64 characters';

/** Why an order is unusable that states nothing to ask for, as half a sentence. */
export const nothingToAsk =
  'it states neither a Study Instance UID nor a number that could be an accession number, so no archive can be asked for its study';

/** What is wrong with a value that cannot be looked up. */
export const unusableValue = 'holds *, ?, a backslash or a control character, or is too long';

/** Order numbers alone are kept with their patient: an earlier or later message may state more under them. */
function namesAStudy(order: MappedOrder): boolean {
  if (order.askable) return true;
  const numbers = [order.placerOrderNumber, order.fillerOrderNumber];
  return order.identity.patientId !== undefined && numbers.some((number) => number !== undefined);
}

/** Of an order with more studies than one may name. */
export const tooManyStudies: Refusal = {
  errorCode: '207',
  text: `it names more than ${limits.hl7StudiesPerOrder} studies; send an order for each`,
};

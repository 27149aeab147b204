import { isUid } from '@prelector/dicom';
import { limits } from '@prelector/kernel';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import type { MappedOrder } from './mapped-order.js';
import type { UnusableNote } from './order-notes.js';
import { present } from './present.js';

type Refusal = Omit<UnusableNote, 'position'>;

/** Without what names a study, and without a patient id that does not hold: that is read as absent nowhere. */
export function whatIsLeft({ identity, ...order }: MappedOrder): MappedOrder {
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = identity;
  const isPatientKnown =
    (patientId === undefined || isLookupValue(patientId)) &&
    (issuerOfPatientId === undefined || isLookupNamespace(issuerOfPatientId));
  const {
    accessionNumber: _accessionNumber,
    issuerOfAccessionNumber: _issuerOfAccessionNumber,
    ...rest
  } = order;
  return {
    ...rest,
    identity: {
      ...(isPatientKnown
        ? {
            ...present('patientId', patientId),
            ...present('issuerOfPatientId', issuerOfPatientId),
            ...present('otherPatientIds', otherPatientIds),
          }
        : {}),
      ...present('name', name),
      ...present('birthDate', birthDate),
      ...present('sex', sex),
    },
    studyInstanceUids: [],
    accessions: [],
    askable: false,
  };
}

/** Why an order cannot be used; undefined when it can. */
export function unusabilityOf(order: MappedOrder): Refusal | undefined {
  const { patientId } = order.identity;
  if (order.studyInstanceUids.some((uid) => !isUid(uid))) {
    return {
      errorCode: '102',
      text: 'a Study Instance UID is not one: numbers with dots between them, at most 64 characters',
    };
  }
  if (order.accessionNumber !== undefined && !isLookupValue(order.accessionNumber)) {
    return { errorCode: '102', text: `the accession number ${unusableValue}` };
  }
  if (patientId !== undefined && !isLookupValue(patientId)) {
    return { errorCode: '102', text: `the patient id ${unusableValue}` };
  }
  const issuers = [order.identity.issuerOfPatientId, order.issuerOfAccessionNumber];
  if (issuers.some((issuer) => issuer !== undefined && !isLookupNamespace(issuer))) {
    return { errorCode: '102', text: `an assigning authority ${unusableValue}` };
  }
  return namesAStudy(order) ? undefined : { errorCode: '101', text: nothingToAsk };
}

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

import type { PatientNumber } from '@prelector/findings';
import { namespacesAgree } from '@prelector/findings';
import type { KeptIdentity } from './identities.js';

/**
 * The numbers of the patient after a message. One that lists a number that is known speaks of the same patient, whatever
 * it lists first: the number by which the order is known stays the first, and numbers of issuers of which the message
 * states none stay. Any other message states another patient.
 */
export function patientAfter(
  before: KeptIdentity | undefined,
  now: KeptIdentity,
): Pick<KeptIdentity, 'patientId' | 'issuerOfPatientId' | 'otherPatientIds'> {
  const known = numbersOfPatient(before);
  const stated = numbersOfPatient(now);
  if (stated.length === 0) return numbered(known);
  const isSame = (a: PatientNumber, b: PatientNumber) =>
    a.patientId?.trim() === b.patientId?.trim() && namespacesAgree(a.issuerOfPatientId, b.issuerOfPatientId);
  const isStated = (each: PatientNumber) => stated.some((one) => isSame(one, each));
  if (!known.some(isStated)) return numbered(stated);
  const elsewhere = (each: PatientNumber) =>
    each.issuerOfPatientId !== undefined &&
    stated.every((one) => !namespacesAgree(one.issuerOfPatientId, each.issuerOfPatientId));
  const left = known.filter((each) => isStated(each) || elsewhere(each));
  return numbered([...left, ...stated.filter((each) => !left.some((one) => isSame(one, each)))]);
}

/** What an identity states apart from the numbers of its patient. */
export function withoutNumbersOfPatient(identity: KeptIdentity): KeptIdentity {
  const { patientId: _id, issuerOfPatientId: _issuer, otherPatientIds: _others, ...rest } = identity;
  return rest;
}

function numbersOfPatient(identity: KeptIdentity | undefined): PatientNumber[] {
  const { patientId, issuerOfPatientId, otherPatientIds = [] } = identity ?? {};
  if (patientId === undefined) return [];
  return [{ patientId, ...(issuerOfPatientId ? { issuerOfPatientId } : {}) }, ...otherPatientIds];
}

function numbered([first, ...others]: readonly PatientNumber[]): Pick<
  KeptIdentity,
  'patientId' | 'issuerOfPatientId' | 'otherPatientIds'
> {
  return { ...first, ...(others.length > 0 ? { otherPatientIds: others } : {}) };
}

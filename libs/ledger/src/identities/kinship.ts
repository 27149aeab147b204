import type { ComparisonOptions, StudyIdentity } from '@prelector/findings';
import type { PatientNumber } from './identities.js';

/** How two patient numbers stand to each other. */
export type Kinship = 'none' | 'merged-into' | 'merged-from' | 'same-number';

/** The issuers that stand in where a side states none, as in a comparison of identities. */
export type StandIns = Pick<ComparisonOptions, 'firstIssuer' | 'secondIssuer'>;

/** A patient number with the issuer that stands in where it states none. */
export function issuedBy<T extends PatientNumber>(patient: T, issuer: string | undefined): T {
  return patient.issuerOfPatientId === undefined && issuer
    ? { ...patient, issuerOfPatientId: issuer }
    : patient;
}

/** What an archive states of a patient, and what says who issued that number where it does not. */
export interface ArchivedPatient {
  readonly nodeId: string;
  readonly identity: PatientNumber;
  /** The issuer that the node's configuration names. */
  readonly issuer: string | undefined;
  /** What the orders of the study state. */
  readonly orders: readonly StudyIdentity[];
}

/**
 * What an order states of a patient whose number was retired for the one that an archive states. Name, birth date and sex
 * were those of the retired number (`UNKNOWN`, until a patient is known) and say nothing of the survivor.
 */
export function asSurvivor<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { name: _name, birthDate: _birthDate, sex: _sex, ...rest } = identity;
  return underNumberOf(rest as T, archive);
}

/** An identity under the number that an archive states, where a merge says that it is the same patient. */
export function underNumberOf<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { patientId, issuerOfPatientId } = archive;
  const { patientId: _id, issuerOfPatientId: _issuer, otherPatientIds: _others, ...rest } = identity;
  return {
    ...rest,
    ...(patientId === undefined ? {} : { patientId }),
    ...(issuerOfPatientId === undefined ? {} : { issuerOfPatientId }),
  } as T;
}

/** An order's identity as it is joined with an archive's: under the archive's number, where a merge made both one patient. */
export function asKin<T extends StudyIdentity>(kinship: Kinship, identity: T, archive: StudyIdentity): T {
  if (kinship === 'none') return identity;
  return kinship === 'merged-into' ? asSurvivor(identity, archive) : underNumberOf(identity, archive);
}

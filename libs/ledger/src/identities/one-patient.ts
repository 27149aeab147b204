import type { Tx } from '../tx.js';
import type { PatientKey } from './identities.js';
import { isOnePatient, numbersOfHmac } from './identities.js';
import { feedsBeside, isSameNumber, mergedWith } from './merged-numbers.js';

/** Tells of a `patientHmac` whether it is of a certain patient; null, of whom nobody is known, is of none. */
export type PatientTest = (hmac: string | null) => boolean;

/**
 * The one way in which messages are known to speak of one patient: by one of their numbers, under issuers that agree, or
 * because the feeds beside this one merged one number into the other.
 *
 * @param hmac `patientHmac` of the patient
 * @param others all that will be asked about: merges are looked for only where one of them is of another number
 */
export async function patientTest(
  tx: Tx,
  feedId: string | null | undefined,
  hmac: string,
  others: readonly (string | null)[],
): Promise<PatientTest> {
  const isSame = (other: string | null) => other !== null && isOnePatient(other, hmac);
  if (!feedId || others.every((other) => other === null || isSame(other))) return isSame;
  const kin = await mergedWith(tx, await feedsBeside(tx, feedId), numbersOfHmac(hmac));
  const isKin = (number: PatientKey) => kin.some((each) => isSameNumber(each, number));
  return (other) => isSame(other) || (other !== null && numbersOfHmac(other).some(isKin));
}

import { randomBytes } from 'node:crypto';
import { randomUid } from '@prelector/dicom';

/** Who and when a phantom claims to be. All of it is made up. */
export interface PhantomIdentity {
  readonly patientId: string;
  readonly issuerOfPatientId: string | undefined;
  readonly patientName: string;
  /** DA. */
  readonly birthDate: string;
  readonly sex: string;
  readonly accessionNumber: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frameOfReferenceUid: string;
  /** DA and TM, local time. */
  readonly date: string;
  readonly time: string;
}

export type IdentityChoices = {
  readonly [K in keyof PhantomIdentity]?: PhantomIdentity[K] | undefined;
};

/** A new identity: what is not chosen is random, so that each phantom is a new study of a new patient. */
export function newIdentity(choices: IdentityChoices, now: Date): PhantomIdentity {
  const mark = randomBytes(4).toString('hex').toUpperCase();
  return {
    patientId: choices.patientId ?? `PHANTOM-${mark}`,
    issuerOfPatientId: choices.issuerOfPatientId,
    patientName: choices.patientName ?? `Phantom^Chest ${mark}`,
    birthDate: choices.birthDate ?? '19600101',
    sex: choices.sex ?? 'O',
    accessionNumber: choices.accessionNumber ?? `P${mark}`,
    studyInstanceUid: choices.studyInstanceUid ?? randomUid(),
    seriesInstanceUid: choices.seriesInstanceUid ?? randomUid(),
    frameOfReferenceUid: choices.frameOfReferenceUid ?? randomUid(),
    date: choices.date ?? `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`,
    time: choices.time ?? `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

import type { Hl7Message } from '../message/message.js';
import { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import { patientIdentity } from './patient-identity.js';

/** A patient id and who issued it. */
export interface PatientNumber {
  readonly patientId: string;
  readonly issuerOfPatientId?: string;
}

/**
 * One patient id stands for another from now on (HL7 v2 3.3.40, ADT^A40; 3.3.18, A18), or the two are two
 * patients' again (3.3.37, A37).
 */
export interface PatientMerge {
  /** PID-3. */
  readonly survivor: PatientNumber;
  /** MRG-1; of an A37, the second PID. */
  readonly retired: PatientNumber;
  readonly isUndone: boolean;
}

/**
 * The merges of an ADT message: one for each MRG and the PID before it; where they are undone, also for each PID
 * and the PID before it. A pair of which one id is absent, or cannot be looked up, or which are the same, merges
 * nothing.
 */
export function patientMerges(
  message: Hl7Message,
  mapping: FeedMapping['patient'],
  { assigningAuthority, isUndone }: { assigningAuthority: string | undefined; isUndone: boolean },
): PatientMerge[] {
  const merges: PatientMerge[] = [];
  const idOf = (segment: Hl7Message['segments'][number], ids: readonly string[]) =>
    numberOf(patientIdentity(new SegmentGroup([segment]), { ...mapping, ids: [...ids] }, assigningAuthority));
  const take = (survivor: PatientNumber | undefined, retired: PatientNumber | undefined) => {
    if (survivor && retired && !isSame(survivor, retired)) merges.push({ survivor, retired, isUndone });
  };
  let survivor: PatientNumber | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'MRG') take(survivor, idOf(segment, ['MRG-1']));
    if (segment.name !== 'PID') continue;
    const patient = idOf(segment, mapping.ids);
    if (isUndone) take(survivor, patient);
    survivor = patient;
  }
  return merges;
}

function numberOf({
  patientId,
  issuerOfPatientId,
}: {
  patientId?: string;
  issuerOfPatientId?: string;
}): PatientNumber | undefined {
  if (patientId === undefined || !isLookupValue(patientId)) return undefined;
  if (issuerOfPatientId !== undefined && !isLookupNamespace(issuerOfPatientId)) return undefined;
  return { patientId, ...(issuerOfPatientId === undefined ? {} : { issuerOfPatientId }) };
}

function isSame(a: PatientNumber, b: PatientNumber): boolean {
  return a.patientId === b.patientId && a.issuerOfPatientId === b.issuerOfPatientId;
}

import { namespacesAgree } from '@prelector/findings';
import type { Hl7Message } from '../message/message.js';
import { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import { priorIds } from './other-patient-ids.js';
import type { StatedId } from './patient-identity.js';
import { statedIds } from './patient-identity.js';

/** A patient id and who issued it. */
export interface PatientNumber {
  readonly patientId: string;
  readonly issuerOfPatientId?: string;
}

/**
 * One patient id stands for another from now on (HL7 v2 3.3.40, ADT^A40; 3.3.18, A18; a correction of the id, 3.3.47,
 * A47), or the two are two patients' again (3.3.37, A37).
 */
export interface PatientMerge {
  /** PID-3. */
  readonly survivor: PatientNumber;
  /** MRG-1; of an A37, the second PID. */
  readonly retired: PatientNumber;
  readonly isUndone: boolean;
}

/** The merges of a message, and which of its merges, counted from 1, name no two ids that could be looked up. */
export interface PatientMerges {
  readonly merges: readonly PatientMerge[];
  readonly leftOut: readonly number[];
}

/**
 * The merges of an ADT message: one for each MRG and the PID before it, in each field that the mapping reads patient
 * ids from and its counterpart in MRG (an external id never stands for an internal one), and of several ids in one field
 * for each by its authority; where they are undone, also
 * for each PID and the PID before it. A pair of which one id is absent, or cannot be looked up, or which are one id
 * under authorities that do not contradict each other, merges nothing.
 */
export function patientMerges(
  message: Hl7Message,
  mapping: FeedMapping['patient'],
  { assigningAuthority, isUndone }: { assigningAuthority: string | undefined; isUndone: boolean },
): PatientMerges {
  type Line = Hl7Message['segments'][number];
  const merges: PatientMerge[] = [];
  const leftOut: number[] = [];
  let count = 0;
  const idsOf = (segment: Line, field: string) =>
    statedIds(
      new SegmentGroup([segment]),
      { ...mapping, ids: [field] },
      { authority: assigningAuthority, on: message.value('MSH-7') },
    );
  const take = (survivor: Line, retired: Line, fieldOf: (field: string) => string | undefined) => {
    count += 1;
    const before = merges.length;
    for (const field of mapping.ids) {
      const prior = fieldOf(field);
      const old = prior === undefined ? [] : idsOf(retired, prior);
      for (const pair of pairsOf(idsOf(survivor, field), old)) merges.push({ ...pair, isUndone });
    }
    if (merges.length === before) leftOut.push(count);
  };
  let survivor: Line | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'MRG' && survivor) take(survivor, segment, (field) => priorIds[field]);
    if (segment.name !== 'PID') continue;
    if (isUndone && survivor) take(survivor, segment, (field) => field);
    survivor = segment;
  }
  return { merges, leftOut };
}

/**
 * Each retired id with the surviving one of its authority and type; the first of each where the authority is not
 * stated, or has none.
 */
function pairsOf(
  [chosen, ...rest]: readonly StatedId[],
  retired: readonly StatedId[],
): Pick<PatientMerge, 'survivor' | 'retired'>[] {
  if (!chosen) return [];
  return retired.flatMap((old, index) => {
    if (old.isNone && index > 0) return [];
    const ofAuthority = [chosen, ...rest].filter(
      ({ issuer, isNone }) => !isNone && issuer && old.issuer && namespacesAgree(issuer, old.issuer),
    );
    const own = ofAuthority.find(({ type }) => type === old.type) ?? ofAuthority[0];
    const [to, from] = [numberOf(own ?? (index === 0 ? chosen : undefined)), numberOf(old)];
    return to && from && !isSame(to, from) ? [{ survivor: to, retired: from }] : [];
  });
}

function numberOf(id: StatedId | undefined): PatientNumber | undefined {
  if (id === undefined || !isLookupValue(id.value)) return undefined;
  if (id.issuer !== undefined && !isLookupNamespace(id.issuer)) return undefined;
  return { patientId: id.value, ...(id.issuer ? { issuerOfPatientId: id.issuer } : {}) };
}

function isSame(a: PatientNumber, b: PatientNumber): boolean {
  return a.patientId === b.patientId && namespacesAgree(a.issuerOfPatientId, b.issuerOfPatientId);
}

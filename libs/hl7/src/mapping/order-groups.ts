import { limits } from '@prelector/kernel';
import { SegmentGroup } from '../message/segment-group.js';
import type { Segment } from '../message/segment.js';

/** Segments that stand once for all orders of a patient, wherever they come. */
export const sharedSegments: ReadonlySet<string> = new Set(['MSH', 'EVN', 'PID', 'PD1', 'PV1', 'PV2', 'MRG']);

interface OpenGroup {
  readonly patient: Segment[];
  readonly own: Segment[];
  /** ORC and what follows it before the first OBR: it speaks for every OBR up to the next ORC. */
  readonly control: Segment[];
  hasObr: boolean;
}

/**
 * The orders of a message, each with the segments that speak of it: an order begins at ORC, or at an OBR that
 * another OBR or no ORC precedes (one ORC speaks for all OBR up to the next), and belongs to the PID before it
 * (ORU^R01 may hold several patients). A ZDS at the very end speaks for all orders that bear the same accession
 * number and requested procedure as the last one (IHE RAD-4 sends one ZDS after several pairs of ORC and OBR).
 * Of longer values only the beginning is read.
 *
 * @returns undefined when there are more than `atMost`
 */
export function orderGroups(message: SegmentGroup, atMost: number): SegmentGroup[] | undefined {
  // No value of an order is long, and one may be read again for every order and every rule.
  const groups = openGroups(message.segments.map((segment) => segment.cutAt(limits.hl7ValueCharacters)));
  if (groups.length > atMost) return undefined;
  shareTrailingStudy(groups);
  const patients = new Map<readonly Segment[], SegmentGroup>();
  return groups.map(({ patient, own }) => {
    const shared = patients.get(patient) ?? new SegmentGroup(patient);
    patients.set(patient, shared);
    return new SegmentGroup(own, shared);
  });
}

function openGroups(segments: readonly Segment[]): OpenGroup[] {
  const groups: OpenGroup[] = [];
  let patient: Segment[] = [];
  let current: OpenGroup | undefined;
  for (const segment of segments) {
    if (segment.name === 'PID') {
      patient = [segment];
      current = undefined;
    } else if (sharedSegments.has(segment.name)) {
      patient.push(segment);
    } else if (beginsOrder(segment, current)) {
      current = begun(segment, patient, current);
      groups.push(current);
    } else if (current) {
      current.hasObr ||= segment.name === 'OBR';
      if (!current.hasObr) current.control.push(segment);
      current.own.push(segment);
    }
  }
  return groups;
}

function begun(segment: Segment, patient: Segment[], before: OpenGroup | undefined): OpenGroup {
  if (segment.name === 'ORC') return { patient, own: [segment], control: [segment], hasObr: false };
  const control = before?.control ?? [];
  return { patient, own: [...control, segment], control, hasObr: true };
}

function beginsOrder(segment: Segment, current: OpenGroup | undefined): boolean {
  return segment.name === 'ORC' || (segment.name === 'OBR' && (current === undefined || current.hasObr));
}

function shareTrailingStudy(groups: readonly OpenGroup[]): void {
  const last = groups.at(-1);
  const others = groups.slice(0, -1);
  const isZds = (segment: Segment): boolean => segment.name === 'ZDS';
  if (!last || others.some((group) => group.own.some(isZds))) return;
  const studies = last.own.filter(isZds);
  const repetitions = studies.reduce((sum, segment) => sum + segment.repetitions(1), 0);
  // Each is read again for every order; no one has so many, and the last order keeps its own to be judged by.
  if (repetitions === 0 || repetitions > limits.hl7PartsPerLevel) return;
  const procedure = procedureOf(last);
  for (const group of others) {
    if (group.patient === last.patient && procedureOf(group) === procedure) group.own.push(...studies);
  }
}

function procedureOf(group: OpenGroup): string {
  const own = new SegmentGroup(group.own);
  return ['IPC-1', 'OBR-18', 'IPC-2', 'OBR-19'].map((path) => own.value(path) ?? '').join('\n');
}

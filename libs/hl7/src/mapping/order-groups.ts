import { SegmentGroup } from '../message/segment-group.js';
import type { Segment } from '../message/segment.js';

/** Segments that stand once for all orders of a patient, wherever they come. */
const shared = new Set(['MSH', 'EVN', 'PID', 'PD1', 'PV1', 'PV2', 'MRG']);

interface OpenGroup {
  readonly patient: Segment[];
  readonly own: Segment[];
}

/**
 * The orders of a message, each with the segments that speak of it: an order begins at ORC, or at an OBR that
 * no ORC precedes, and belongs to the PID before it (ORU^R01 may hold several patients). A ZDS at the very
 * end speaks for all orders that bear the same accession number and requested procedure as the last one
 * (IHE RAD-4 sends one ZDS after several pairs of ORC and OBR).
 */
export function orderGroups(message: SegmentGroup): SegmentGroup[] {
  const groups: OpenGroup[] = [];
  let patient: Segment[] = [];
  let current: OpenGroup | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'PID') {
      patient = [segment];
      current = undefined;
    } else if (shared.has(segment.name)) {
      patient.push(segment);
    } else if (beginsOrder(segment, current)) {
      current = { patient, own: [segment] };
      groups.push(current);
    } else {
      current?.own.push(segment);
    }
  }
  shareTrailingStudy(groups);
  return groups.map((group) => new SegmentGroup([...group.patient, ...group.own]));
}

function beginsOrder(segment: Segment, current: OpenGroup | undefined): boolean {
  if (segment.name === 'ORC') return true;
  if (segment.name !== 'OBR') return false;
  return current === undefined || current.own.some((other) => other.name === 'OBR');
}

function shareTrailingStudy(groups: readonly OpenGroup[]): void {
  const last = groups.at(-1);
  const isZds = (segment: Segment): boolean => segment.name === 'ZDS';
  if (!last || groups.length < 2 || groups.slice(0, -1).some((group) => group.own.some(isZds))) return;
  const studies = last.own.filter(isZds);
  for (const group of groups.slice(0, -1)) {
    if (group.patient === last.patient && procedureOf(group) === procedureOf(last))
      group.own.push(...studies);
  }
}

function procedureOf(group: OpenGroup): string {
  const own = new SegmentGroup(group.own);
  return ['IPC-1', 'OBR-18', 'IPC-2', 'OBR-19'].map((path) => own.value(path) ?? '').join('\n');
}

import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';

/** The fields of PID that hold a patient id, each with where a merge states the one before (HL7 v2.3 3.3.2, 3.3.5). */
export const priorIds: Readonly<Record<string, string>> = {
  'PID-2': 'MRG-4',
  'PID-3': 'MRG-1',
  'PID-4': 'MRG-2',
};

/**
 * Words for a message that states no patient id where the mapping reads it, and one in another field: the external
 * (PID-2) or alternate id (PID-4) is often another organisation's, so that nobody but the site can say whether archives
 * bear it as Patient ID. Undefined where there is nothing to be said.
 */
export function unreadPatientId(group: SegmentGroup, { ids }: FeedMapping['patient']): string | undefined {
  const isStated = (field: string) => group.values(`${field}.1`, 1).length > 0;
  if (ids.some(isStated)) return undefined;
  const others = Object.keys(priorIds).filter((field) => !ids.includes(field) && isStated(field));
  if (others.length === 0) return undefined;
  const [first = ''] = others;
  return (
    `${ids.join(' and ')} ${ids.length === 1 ? 'is' : 'are'} empty and ${others.join(' and ')} holds an id that is not read, ` +
    `so no Patient ID can be compared; if the archive bears that one, set patient.ids in the mapping of the feed to ` +
    [...ids, first].join(', ')
  );
}

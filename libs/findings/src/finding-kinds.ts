import type { Findings } from './findings.js';

/** The kinds of finding that a result may state. Later ones (IHE AIR: location, region, ...) join this list. */
export const findingKinds = ['outcome', 'measurement'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** The kinds of finding that a result states: what it came to always, in words. */
export function findingKindsOf({ groups }: Pick<Findings, 'groups'>): FindingKind[] {
  return groups.some(({ measurements }) => measurements.length > 0)
    ? ['outcome', 'measurement']
    : ['outcome'];
}

import type { ComparableName, StudyIdentity } from '@prelector/findings';
import { namespaceText, namespacesAgree } from '@prelector/findings';
import { parsePath } from '../message/field-path.js';
import type { Segment } from '../message/segment.js';
import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { sharedSegments } from './order-groups.js';
import { plainText } from './plain-text.js';

type PatientMapping = FeedMapping['patient'];

/** One repetition of a field. */
interface Repetition {
  component(component: number, subcomponent?: number): string;
}

/** The longest part of a name that is kept: DICOM's PN allows no more for all of them. */
const NAME_CHARACTERS = 64;

/**
 * As {@link patientIdentity}, read once for all orders of a patient: a message may repeat an id a thousand
 * times and hold hundreds of orders.
 */
export function patientIdentities(
  mapping: PatientMapping,
  assigningAuthority: string | undefined,
): (group: SegmentGroup) => StudyIdentity {
  const known = new Map<SegmentGroup, StudyIdentity>();
  const paths = [...mapping.ids, mapping.names, ...mapping.birthDate, ...mapping.sex];
  const isShared = paths.every((path) => sharedSegments.has(parsePath(path).segment));
  return (group) => {
    const speaks = (isShared ? group.shared : undefined) ?? group;
    const identity = known.get(speaks) ?? patientIdentity(speaks, mapping, assigningAuthority);
    known.set(speaks, identity);
    return identity;
  };
}

/**
 * Who the patient is by PID: the id chosen among the repetitions of PID-3 (first those of the feed's assigning
 * authority, then those that name none, then the rest; among equals by the type code of CX.5), the name by
 * XPN's own order, legal and alphabetic ones first.
 *
 * @param assigningAuthority stands in where the chosen id names no issuer
 */
export function patientIdentity(
  group: SegmentGroup,
  mapping: PatientMapping,
  assigningAuthority: string | undefined,
): StudyIdentity {
  const id = chosenId(group, mapping, assigningAuthority);
  const name = chosenName(group, mapping);
  const birthDate = /^\d{8}/u.exec(group.firstOf(mapping.birthDate) ?? '')?.[0];
  const sex = sexes[group.firstOf(mapping.sex)?.toUpperCase() ?? ''];
  return {
    ...(id ? { patientId: id.value } : {}),
    ...(id?.issuer ? { issuerOfPatientId: id.issuer } : {}),
    ...(name ? { name } : {}),
    ...(birthDate ? { birthDate } : {}),
    ...(sex ? { sex } : {}),
  };
}

/** HL7 table 0001 as DICOM's Patient's Sex; unknown is not stated. */
const sexes: Readonly<Record<string, string>> = { M: 'M', F: 'F', O: 'O', A: 'O', N: 'O' };

function chosenId(
  group: SegmentGroup,
  mapping: PatientMapping,
  authority: string | undefined,
): { readonly value: string; readonly issuer: string | undefined } | undefined {
  for (const field of mapping.ids) {
    const candidates = repetitions(group, field)
      .map((repetition, index) => {
        const [local, universal] = [1, 2].map((part) => repetition.component(4, part)).map(orNothing);
        const stated = namespaceText({ local, universal });
        const isOurs = authority !== undefined && stated !== undefined && namespacesAgree(stated, authority);
        const issuer = stated ?? authority;
        const type = mapping.idTypes.indexOf(repetition.component(5).toUpperCase());
        const standing = isOurs ? 0 : stated === undefined ? 1 : 2;
        const rank = [standing, type === -1 ? mapping.idTypes.length : type, index] as const;
        return { value: repetition.component(1), issuer, rank };
      })
      .filter(({ value }) => isStated(value))
      .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2]);
    if (candidates[0]) return candidates[0];
  }
  return undefined;
}

function chosenName(group: SegmentGroup, mapping: PatientMapping): ComparableName | undefined {
  const names = repetitions(group, mapping.names);
  const standing = (name: Repetition): number =>
    (['', 'A'].includes(name.component(8)) ? 0 : 2) + (['', 'L'].includes(name.component(7)) ? 0 : 1);
  const best = names.map((name) => ({ name, rank: standing(name) })).sort((a, b) => a.rank - b.rank)[0]?.name;
  if (!best) return undefined;
  const [first, second] = [1, 2].map((number) => {
    const part = best.component(number);
    return isStated(part) ? plainText(part, NAME_CHARACTERS) : '';
  });
  if (!first && !second) return undefined;
  const inOrder = mapping.nameOrder === 'family-given';
  return { family: (inOrder ? first : second) ?? '', given: (inOrder ? second : first) ?? '' };
}

function repetitions(group: SegmentGroup, field: string): Repetition[] {
  const place = parsePath(field);
  return group.named(place.segment).flatMap((segment: Segment) =>
    Array.from({ length: segment.repetitions(place.field) }, (_, index) => ({
      component: (component: number, subcomponent = 1) =>
        segment.text(place.field, index + 1, component, subcomponent),
    })),
  );
}

function isStated(text: string): boolean {
  return text !== '' && text !== '""';
}

function orNothing(text: string): string {
  return isStated(text) ? text : '';
}

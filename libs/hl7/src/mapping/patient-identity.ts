import type { ComparableName, PatientNumber, StudyIdentity } from '@prelector/findings';
import { namespaceText, namespacesAgree } from '@prelector/findings';
import { parsePath } from '../message/field-path.js';
import type { Segment } from '../message/segment.js';
import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import { sharedSegments } from './order-groups.js';
import { plainText } from './plain-text.js';
import { unusableValue } from './unusable-order.js';

type PatientMapping = FeedMapping['patient'];

/** One repetition of a field. */
interface Repetition {
  component(component: number, subcomponent?: number): string;
}

/** The longest part of a name that is kept: DICOM's PN allows no more for all of them. */
const NAME_CHARACTERS = 64;

/** The patient of an order, as far as the message can be read. */
export interface StatedPatient {
  readonly identity: StudyIdentity;
  /** Why no id of the patient can be compared, although one is stated; as half a sentence. */
  readonly unread?: string;
  /** Of an id that is set aside beside others that count. */
  readonly problem?: string;
}

/**
 * As {@link patientIdentity}, read once for all orders of a patient: a message may repeat an id a thousand
 * times and hold hundreds of orders.
 */
export function patientIdentities(
  mapping: PatientMapping,
  assigningAuthority: string | undefined,
  on?: string,
): (group: SegmentGroup) => StatedPatient {
  const known = new Map<SegmentGroup, StatedPatient>();
  const paths = [...mapping.ids, mapping.names, ...mapping.birthDate, ...mapping.sex];
  const isShared = paths.every((path) => sharedSegments.has(parsePath(path).segment));
  return (group) => {
    const speaks = (isShared ? group.shared : undefined) ?? group;
    const patient = known.get(speaks) ?? patientIdentity(speaks, mapping, assigningAuthority, on);
    known.set(speaks, patient);
    return patient;
  };
}

/**
 * Who the patient is by PID: the ids as {@link statedIds} ranks the repetitions of PID-3, without those that cannot be
 * compared, as long as there are others of their standing; the name by XPN's own order, legal and alphabetic ones first.
 *
 * @param assigningAuthority stands in where an id names no issuer
 * @param on the day of the message (MSH-7), by which ids are valid
 */
export function patientIdentity(
  group: SegmentGroup,
  mapping: PatientMapping,
  assigningAuthority: string | undefined,
  on?: string,
): StatedPatient {
  const stated = statedIds(group, mapping, { authority: assigningAuthority, on });
  // A visit's or an insurer's number never stands in for a patient's own that cannot be read.
  const ids = stated.filter(({ isNone }) => isNone === stated[0]?.isNone);
  const [wrong] = ids.flatMap((each) => unusabilityOfId(each) ?? []);
  const usable = ids.filter((each) => unusabilityOfId(each) === undefined);
  const [id] = usable;
  const others = otherIds(usable);
  const name = chosenName(group, mapping);
  const birthDate = /^\d{8}/u.exec(group.firstOf(mapping.birthDate) ?? '')?.[0];
  const sex = sexes[group.firstOf(mapping.sex)?.toUpperCase() ?? ''];
  return {
    identity: {
      ...(id ? { patientId: id.value } : {}),
      ...(id?.issuer ? { issuerOfPatientId: id.issuer } : {}),
      ...(others.length > 0 ? { otherPatientIds: others } : {}),
      ...(name ? { name } : {}),
      ...(birthDate ? { birthDate } : {}),
      ...(sex ? { sex } : {}),
    },
    ...(wrong === undefined ? {} : { [id ? 'problem' : 'unread']: wrong }),
  };
}

function unusabilityOfId({ value, issuer }: StatedId): string | undefined {
  if (!isLookupValue(value)) return `the patient id ${unusableValue}`;
  return issuer === undefined || isLookupNamespace(issuer)
    ? undefined
    : `an assigning authority ${unusableValue}`;
}

/** HL7 table 0001 as DICOM's Patient's Sex; unknown is not stated. */
const sexes: Readonly<Record<string, string>> = { M: 'M', F: 'F', O: 'O', A: 'O', N: 'O' };

/** One id of a patient as a repetition states it. */
export interface StatedId {
  readonly value: string;
  readonly issuer: string | undefined;
  /** CX.5. */
  readonly type: string;
  /** It is no patient's number by its type, or is no longer valid. */
  readonly isNone: boolean;
}

/**
 * Types of table 0203 that name a visit, an account or a person before the law, and no patient of a hospital, unless the
 * mapping lists them.
 */
const noPatientIds: ReadonlySet<string> = new Set(
  'SS VN AN ANON DL BA BC CZ DS MC MA NPI PE PPN TAX TN UPIN VS LN EI EN XX'.split(' '),
);

/**
 * The ids at the first field that states any, the one chosen first. One that is no patient's number comes after all
 * others, an id of the feed's own authority before one that names none, and that before the rest; among equals the type
 * decides, and then the order in which they stand.
 */
export function statedIds(
  group: SegmentGroup,
  mapping: PatientMapping,
  { authority, on }: { readonly authority: string | undefined; readonly on?: string | undefined },
): StatedId[] {
  for (const field of mapping.ids) {
    const candidates = repetitions(group, field)
      .map((repetition, index) => {
        const [local, universal] = [1, 2].map((part) => repetition.component(4, part)).map(orNothing);
        const stated = namespaceText({ local, universal });
        const isOurs = authority !== undefined && stated !== undefined && namespacesAgree(stated, authority);
        const type = repetition.component(5).toUpperCase();
        const place = mapping.idTypes.indexOf(type);
        const isNone = (place === -1 && noPatientIds.has(type)) || isExpired(repetition.component(8), on);
        const standing = isOurs ? 0 : stated === undefined ? 1 : 2;
        const listed = place !== -1 ? place : mapping.idTypes.length + (type === '' ? 0 : 1);
        const rank = [Number(isNone), standing, listed, index] as const;
        return { value: repetition.component(1), issuer: stated ?? authority, type, isNone, rank };
      })
      .filter(({ value }) => isStated(value))
      .sort((a, b) => a.rank.map((each, at) => each - (b.rank[at] ?? 0)).find((by) => by !== 0) ?? 0);
    if (candidates[0]) return candidates;
  }
  return [];
}

/** CX.8: the last day on which an id is valid, against the day of the message. */
function isExpired(until: string, on: string | undefined): boolean {
  const [day, today] = [until, on ?? ''].map((text) => /^\d{8}/u.exec(text)?.[0]);
  return day !== undefined && today !== undefined && day < today;
}

/** As many further ids are kept of a patient. */
const otherIdsAtMost = 20;

/** The further ids of the patient, each once. */
function otherIds([chosen, ...rest]: readonly StatedId[]): PatientNumber[] {
  const keyOf = ({ value, issuer }: StatedId) => `${value}\n${issuer ?? ''}`;
  const others = new Map<string, PatientNumber>();
  for (const each of rest) {
    const { value, issuer, isNone } = each;
    if (isNone) continue;
    if (!chosen || keyOf(each) === keyOf(chosen) || others.size >= otherIdsAtMost) continue;
    others.set(keyOf(each), { patientId: value, ...(issuer ? { issuerOfPatientId: issuer } : {}) });
  }
  return [...others.values()];
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

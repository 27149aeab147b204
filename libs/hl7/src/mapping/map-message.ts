import { limits } from '@prelector/kernel';
import type { ConditionCode, Hl7Message } from '../message/message.js';
import type { SegmentGroup } from '../message/segment-group.js';
import { type Procedure, proceduresOf } from './accession-numbers.js';
import { adtWithoutEffect } from './adt-events.js';
import { changes, placings } from './changes.js';
import type { FeedMapping, MappingCondition, OrderMeaning } from './feed-mapping.js';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import { modalityOf } from './modality.js';
import { orderGroups } from './order-groups.js';
import { unreadPatientId } from './other-patient-ids.js';
import type { MappedOrder, UnusableOrder } from './mapped-order.js';
import type { OrderNote } from './order-notes.js';
import { type OrderNumber, orderNumber, possibleAccessions } from './order-numbers.js';
import { type PatientMerge, patientMerges } from './patient-merges.js';
import { patientIdentities, type StatedPatient } from './patient-identity.js';
import { present } from './present.js';
import { procedureCodeOf } from './procedure-code.js';
import { studiesOf } from './stated-studies.js';
import {
  noUid,
  unplacedUid,
  tooManyStudies,
  unusabilityOf,
  unusableValue,
  whatIsLeft,
} from './unusable-order.js';

/**
 * What a message comes to. `orders`: at least one, usable or not; `merges`: patients that are one, or two, from now
 * on; `ignored`: well-formed and of no use; `refused`: nothing of the message may be used. Reason and problems are
 * words for people and hold no identity.
 */
export interface MappedMessage {
  readonly kind: 'orders' | 'merges' | 'ignored' | 'refused';
  readonly reason?: string;
  /** For ERR-3 of a refusal. */
  readonly errorCode?: ConditionCode;
  /** How many orders or merges the message holds, those that mean nothing to the mapping included. */
  readonly orderCount: number;
  /** What was left out of orders that are used without it, or of the merges of a message. */
  readonly problems: readonly OrderNote[];
  readonly orders: readonly MappedOrder[];
  readonly unusable: readonly UnusableOrder[];
  readonly merges: readonly PatientMerge[];
}

const nothing = { orderCount: 0, problems: [], orders: [], unusable: [], merges: [] } as const;

/**
 * Reads the orders of a message by a feed's mapping: pure, and with no effect. Every identifier that may later stand in
 * a URL or a query is checked here; one that does not hold is set aside, and the rest of its order counts, unless
 * nothing is left that names a study or its patient.
 */
export function mapMessage(
  message: Hl7Message,
  mapping: FeedMapping,
  feed: { readonly assigningAuthority?: string } = {},
): MappedMessage {
  const { code, trigger } = message.type;
  if (code === 'ADT' && [...mapping.merges, ...mapping.unmerges].includes(trigger))
    return mapMerges(message, mapping, feed);
  const rules = mapping.messages.find(
    // Before version 2.3.1 (HL7 v2 section 2.16.9.9) MSH-9 may state the message code alone.
    (entry) =>
      entry.type === code &&
      (trigger === '' || entry.triggers.length === 0 || entry.triggers.includes(trigger)),
  );
  if (!rules) {
    const why = code === 'ADT' ? adtWithoutEffect.get(trigger) : undefined;
    return ignored(why ?? 'Messages of this type are of no use to the mapping of this feed.');
  }
  const groups = orderGroups(message, limits.hl7Orders);
  if (!groups) return { ...nothing, kind: 'refused', reason: TOO_MANY_ORDERS, errorCode: '207' };
  const meant = groups
    .map((group, index) => ({ group, position: index + 1, meaning: meaningOf(group, rules) }))
    .filter(({ meaning }) => meaning !== 'none')
    .flatMap(({ group, ...place }) =>
      proceduresOf(group, mapping).map((procedure) => ({ procedure, group, ...place })),
    );
  if (meant.length > limits.hl7Orders)
    return { ...nothing, kind: 'refused', reason: TOO_MANY_ORDERS, errorCode: '207' };
  if (meant.length === 0) return ignored('By its status the message neither announces nor ends anything.');
  const patientOf = patientIdentities(mapping.patient, feed.assigningAuthority, message.value('MSH-7'));
  const all = meant.map(({ group, procedure, ...place }) =>
    readOrder(procedure, place, mapping, patientOf(group)),
  );
  const read = all.map((each) => ({ ...each, order: withChange(each, all) }));
  return {
    ...nothing,
    kind: 'orders',
    orderCount: groups.length,
    problems: read.flatMap((each) => each.problems),
    orders: read.flatMap(({ order, unusable }) => (unusable ? [] : order)),
    unusable: read.flatMap(({ order, unusable }) =>
      unusable ? { ...unusable, position: order.position, order: whatIsLeft(order) } : [],
    ),
  };
}

function mapMerges(
  message: Hl7Message,
  mapping: FeedMapping,
  feed: { readonly assigningAuthority?: string },
): MappedMessage {
  const { assigningAuthority } = feed;
  const isUndone = mapping.unmerges.includes(message.type.trigger);
  const { merges, leftOut } = patientMerges(message, mapping.patient, { assigningAuthority, isUndone });
  if (merges.length === 0) {
    const unread = unreadPatientId(message, mapping.patient);
    const why = 'The merge names no two patient ids that could be looked up';
    return ignored(unread ? `${why}: ${unread}.` : `${why}.`);
  }
  const problems = leftOut.map((position) => ({
    position,
    text: 'it names no two patient ids that could be looked up',
  }));
  return { ...nothing, kind: 'merges', problems, orderCount: merges.length + leftOut.length, merges };
}

function ignored(reason: string): MappedMessage {
  return { ...nothing, kind: 'ignored', reason };
}

const TOO_MANY_ORDERS = `The message holds more than ${limits.hl7Orders} orders: send them in several messages.`;

function meaningOf(group: SegmentGroup, rules: FeedMapping['messages'][number]): OrderMeaning {
  return (
    rules.rules.find((rule) => rule.when.every((condition) => holds(group, condition)))?.meaning ??
    rules.otherwise
  );
}

function holds(group: SegmentGroup, condition: MappingCondition): boolean {
  const paths = typeof condition.path === 'string' ? [condition.path] : condition.path;
  const value = group.firstOf(paths);
  if (condition.present !== undefined && condition.present !== (value !== undefined)) return false;
  if (!condition.in) return condition.present !== undefined;
  const areMany = condition.every || condition.some;
  const values = areMany ? paths.flatMap((path) => group.values(path)) : value ? [value] : [];
  const wanted = new Set(condition.in.map((one) => one.toUpperCase()));
  const isWanted = (each: string): boolean => wanted.has(each.toUpperCase());
  return values.length > 0 && (condition.some ? values.some(isWanted) : values.every(isWanted));
}

/** Several orders of a message under one number are several procedures, of which none corrects another. */
function withChange(
  { order, isChange, deletesAccession }: ReadOrder,
  all: readonly ReadOrder[],
): MappedOrder {
  const isSame = (other: MappedOrder): boolean => {
    const [mine, its] = [order.fillerOrderNumber, other.fillerOrderNumber];
    return mine && its ? mine === its : order.placerOrderNumber === other.placerOrderNumber;
  };
  return isChange && all.every((each) => each.order === order || !isSame(each.order))
    ? { ...order, isChange, deletesAccession }
    : order;
}

interface ReadOrder {
  readonly isChange: boolean;
  readonly deletesAccession: boolean;
  readonly order: MappedOrder;
  readonly problems: readonly OrderNote[];
  readonly unusable: ReturnType<typeof unusabilityOf>;
}

function readOrder(
  procedure: Procedure,
  { position, meaning }: { readonly position: number; readonly meaning: OrderMeaning },
  mapping: FeedMapping,
  patient: StatedPatient,
): ReadOrder {
  const { group, accession: stated, setAside, isNone, problems: ofAccession } = procedure;
  const studies = studiesOf(procedure, mapping.studyInstanceUids);
  const { uids: studyInstanceUids } = studies;
  const isUnread = stated === undefined && setAside.length > 0;
  const opens = meaning === 'scheduled' || meaning === 'acquired';
  const control = group.value('ORC-1')?.toUpperCase() ?? '';
  const isChange = opens && changes.includes(control);
  // A message without an order control code, as of a schedule, does not merely go on with what was placed.
  const isPlacing = opens && (placings.includes(control) || (control === '' && meaning === 'scheduled'));
  // What is unreadable is not absent: no order number stands in for an accession number that is stated. An explicit
  // null says that there is none where it deletes one, and elsewhere no more than an empty field.
  const mayStandIn = stated === undefined && !isUnread && !(isNone && isChange);
  const accessions = stated ? [stated] : mayStandIn ? possibleAccessions(group, mapping) : [];
  const accession = {
    ...present('accessionNumber', stated?.value),
    ...present('issuerOfAccessionNumber', stated?.issuer),
  };
  const identifiers = [
    ...(studies.noUids.length > 0 ? [noUid] : []),
    ...(studies.unplaced.length > 0 ? [unplacedUid] : []),
    ...ofAccession,
  ];
  const askable = studyInstanceUids.length > 0 || accessions.length > 0;
  const problems: string[] = [...identifiers, ...(patient.problem === undefined ? [] : [patient.problem])];
  const placer = usableNumber(orderNumber(group, mapping.placerOrderNumber), 'placer', problems);
  const filler = usableNumber(orderNumber(group, mapping.fillerOrderNumber), 'filler', problems);
  const order: MappedOrder = {
    position,
    identity: {
      ...patient.identity,
      ...(studyInstanceUids.length === 1 ? { studyInstanceUid: studyInstanceUids[0] as string } : {}),
      ...accession,
    },
    studyInstanceUids,
    ...accession,
    accessions,
    ...(isUnread ? { isAccessionUnread: true } : {}),
    ...(isUnread && procedure.isBesideUsable ? { isBesideUsable: true } : {}),
    ...(isPlacing ? { isPlacing: true } : {}),
    setAside: { accessions: setAside, studyInstanceUids: [...studies.noUids, ...studies.unplaced] },
    ...present('placerOrderNumber', placer?.value),
    ...present('placerNamespace', placer?.namespace),
    ...present('fillerOrderNumber', filler?.value),
    ...present('fillerNamespace', filler?.namespace),
    ...present('requestedProcedureId', requestedProcedureIdOf(group, mapping, problems)),
    askable,
    ...(askable ? {} : present('unaskable', identifiers[0])),
    ...present('modality', modalityOf(group, mapping)),
    ...present('procedureCode', procedureCodeOf(group, mapping, problems)),
    priority: mapping.priorities[group.firstOf(mapping.priority)?.toUpperCase() ?? ''] ?? 'routine',
    meaning,
  };
  const isNameless = patient.identity.patientId === undefined && patient.unread === undefined;
  const elsewhere = isNameless ? unreadPatientId(group, mapping.patient) : undefined;
  if (elsewhere) problems.push(elsewhere);
  const unusable = studies.areTooMany ? tooManyStudies : unusabilityOf(order, identifiers, patient.unread);
  // The reason of an order that cannot be used is told as that.
  const notes = problems.filter((text) => text !== unusable?.text).map((text) => ({ position, text }));
  return { order, problems: notes, unusable, isChange, deletesAccession: isNone };
}

/**
 * An order number names an order but need not: one that cannot be looked up is left out, and that is said. So is one
 * whose authority cannot be: without it the number would be every authority's.
 */
function usableNumber(
  number: OrderNumber | undefined,
  name: 'placer' | 'filler',
  problems: string[],
): OrderNumber | undefined {
  if (!number) return undefined;
  const { value, namespace } = number;
  if (isLookupValue(value) && (namespace === undefined || isLookupNamespace(namespace))) return number;
  problems.push(`the ${name} order number, or its authority, ${unusableValue}`);
  return undefined;
}

function requestedProcedureIdOf(
  group: SegmentGroup,
  mapping: FeedMapping,
  problems: string[],
): string | undefined {
  const value = group.firstOf(mapping.requestedProcedureId);
  if (value === undefined || isLookupValue(value)) return value;
  problems.push(`the requested procedure id ${unusableValue}`);
  return undefined;
}

import { isUid } from '@prelector/dicom';
import type { StudyIdentity } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import type { ConditionCode, Hl7Message } from '../message/message.js';
import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping, MappingCondition, OrderMeaning, OrderPriority } from './feed-mapping.js';
import { isLookupValue } from './lookup-value.js';
import { modalityOf } from './modality.js';
import { orderGroups } from './order-groups.js';
import { type AccessionNumber, accessionNumbers, orderNumber } from './order-numbers.js';
import { type PatientMerge, patientMerges } from './patient-merges.js';
import { patientIdentities } from './patient-identity.js';
import { procedureCodeOf } from './procedure-code.js';

/** What one order of a message says. Holds identity: never logged. */
export interface MappedOrder {
  readonly identity: StudyIdentity;
  readonly studyInstanceUids: readonly string[];
  /** The one that the order states as such. */
  readonly accessionNumber?: string;
  readonly issuerOfAccessionNumber?: string;
  /** The stated one first, then order numbers that may be one. */
  readonly accessions: readonly AccessionNumber[];
  readonly placerOrderNumber?: string;
  readonly placerNamespace?: string;
  readonly fillerOrderNumber?: string;
  readonly fillerNamespace?: string;
  readonly requestedProcedureId?: string;
  /** Whether it gives anything that an archive could be asked for: a Study Instance UID or an accession number. */
  readonly askable: boolean;
  readonly modality?: string;
  readonly procedureCode?: { readonly value: string; readonly scheme: string; readonly meaning: string };
  readonly priority: OrderPriority;
  readonly meaning: OrderMeaning;
}

/**
 * What a message comes to. `orders`: at least one; `merges`: patients that are one, or two, from now on; `ignored`: well-formed and of no use; `refused`: an
 * identifier that is needed cannot be used, and nothing of the message may be. Reason and problems are words
 * for people and hold no identity.
 */
export interface MappedMessage {
  readonly kind: 'orders' | 'merges' | 'ignored' | 'refused';
  readonly reason?: string;
  /** For ERR-3 of a refusal. */
  readonly errorCode?: ConditionCode;
  readonly problems: readonly string[];
  readonly orders: readonly MappedOrder[];
  readonly merges: readonly PatientMerge[];
}

/**
 * Reads the orders of a message by a feed's mapping: pure, and with no effect. Every identifier that may later
 * stand in a URL or a query is checked here; one that does not hold refuses the whole message, so that no
 * half of it has an effect.
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
  if (!rules) return ignored('Messages of this type are of no use to the mapping of this feed.');
  const groups = orderGroups(message, limits.hl7Orders);
  if (!groups) return refused({ code: '207', text: TOO_MANY_ORDERS });
  const meant = groups
    .map((group) => ({ group, meaning: meaningOf(group, rules) }))
    .filter(({ meaning }) => meaning !== 'none');
  if (meant.length === 0) return ignored('By its status the message neither announces nor ends anything.');
  const patientOf = patientIdentities(mapping.patient, feed.assigningAuthority);
  const read = meant.map(({ group, meaning }) => readOrder(group, meaning, mapping, patientOf(group)));
  const refusal = read.find((order) => order.refusal)?.refusal;
  const problems = read.flatMap((order) => order.problems);
  if (refusal) return refused(refusal, problems);
  return { kind: 'orders', problems, orders: read.map(({ order }) => order), merges: [] };
}

function mapMerges(
  message: Hl7Message,
  mapping: FeedMapping,
  feed: { readonly assigningAuthority?: string },
): MappedMessage {
  const { assigningAuthority } = feed;
  const isUndone = mapping.unmerges.includes(message.type.trigger);
  const merges = patientMerges(message, mapping.patient, { assigningAuthority, isUndone });
  if (merges.length === 0) return ignored('The merge names no two patient ids that could be looked up.');
  return { kind: 'merges', problems: [], orders: [], merges };
}

function ignored(reason: string): MappedMessage {
  return { kind: 'ignored', reason, problems: [], orders: [], merges: [] };
}

function refused(refusal: Refusal, problems: readonly string[] = []): MappedMessage {
  return { kind: 'refused', reason: refusal.text, errorCode: refusal.code, problems, orders: [], merges: [] };
}

const TOO_MANY_ORDERS = `The message holds more than ${limits.hl7Orders} orders: send them in several messages.`;
const TOO_MANY_STUDIES = `An order names more than ${limits.hl7StudiesPerOrder} studies: send an order for each.`;

interface Refusal {
  readonly code: ConditionCode;
  readonly text: string;
}

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
  const values = condition.every ? paths.flatMap((path) => group.values(path)) : value ? [value] : [];
  const wanted = new Set(condition.in.map((one) => one.toUpperCase()));
  return values.length > 0 && values.every((each) => wanted.has(each.toUpperCase()));
}

interface ReadOrder {
  readonly order: MappedOrder;
  readonly problems: readonly string[];
  readonly refusal: Refusal | undefined;
}

function readOrder(
  group: SegmentGroup,
  meaning: OrderMeaning,
  mapping: FeedMapping,
  patient: StudyIdentity,
): ReadOrder {
  const studies = studiesOf(group, mapping.studyInstanceUids);
  const studyInstanceUids = studies ?? [];
  const accessions = accessionNumbers(group, mapping);
  const stated = accessions.find(({ source }) => source === 'stated');
  const accession = {
    ...present('accessionNumber', stated?.value),
    ...present('issuerOfAccessionNumber', stated?.issuer),
  };
  const placer = orderNumber(group, mapping.placerOrderNumber);
  const filler = orderNumber(group, mapping.fillerOrderNumber);
  const problems: string[] = [];
  const order: MappedOrder = {
    identity: {
      ...patient,
      ...(studyInstanceUids.length === 1 ? { studyInstanceUid: studyInstanceUids[0] as string } : {}),
      ...accession,
    },
    studyInstanceUids,
    ...accession,
    accessions,
    ...optional('placerOrderNumber', placer?.value, problems),
    ...optional('placerNamespace', placer?.namespace, problems),
    ...optional('fillerOrderNumber', filler?.value, problems),
    ...optional('fillerNamespace', filler?.namespace, problems),
    ...optional('requestedProcedureId', group.firstOf(mapping.requestedProcedureId), problems),
    askable: studyInstanceUids.length > 0 || accessions.length > 0,
    ...present('modality', modalityOf(group, mapping)),
    ...present('procedureCode', procedureCodeOf(group, mapping, problems)),
    priority: mapping.priorities[group.firstOf(mapping.priority)?.toUpperCase() ?? ''] ?? 'routine',
    meaning,
  };
  const refusal = studies ? refusalOf(order) : ({ code: '207', text: TOO_MANY_STUDIES } as const);
  return { order, problems, refusal };
}

/** The studies at the first path that has any, each once; undefined when there are too many. */
function studiesOf(group: SegmentGroup, paths: readonly string[]): string[] | undefined {
  for (const path of paths) {
    // An order may repeat its study in every segment, but not for ever.
    const values = group.values(path, limits.hl7PartsPerLevel);
    if (values.length === 0) continue;
    const distinct = [...new Set(values)];
    const isTooMany =
      values.length === limits.hl7PartsPerLevel || distinct.length > limits.hl7StudiesPerOrder;
    return isTooMany ? undefined : distinct;
  }
  return [];
}

/** Identifiers that name an order but need not: one that cannot be looked up is left out, and that is said. */
function optional<K extends string>(
  name: K,
  value: string | undefined,
  problems: string[],
): { [key in K]?: string } {
  if (value === undefined) return {};
  if (isLookupValue(value)) return present(name, value);
  problems.push(`${name} cannot be used and was left out.`);
  return {};
}

function present<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]?: V });
}

function refusalOf(order: MappedOrder): Refusal | undefined {
  const { patientId } = order.identity;
  if (order.studyInstanceUids.some((uid) => !isUid(uid))) {
    return { code: '102', text: 'The Study Instance UID is not made of digits and dots.' };
  }
  if (order.accessionNumber !== undefined && !isLookupValue(order.accessionNumber)) {
    return { code: '102', text: `The accession number ${UNUSABLE}` };
  }
  if (patientId !== undefined && !isLookupValue(patientId)) {
    return { code: '102', text: `The patient id ${UNUSABLE}` };
  }
  const issuers = [order.identity.issuerOfPatientId, order.issuerOfAccessionNumber];
  if (issuers.some((issuer) => issuer !== undefined && !isLookupValue(issuer))) {
    return { code: '102', text: `An assigning authority ${UNUSABLE}` };
  }
  if (namesAStudy(order)) return undefined;
  return { code: '101', text: 'The order states nothing by which its study could be found.' };
}

const UNUSABLE = 'holds *, ?, a backslash or a control character, or is too long.';

/** Order numbers alone are kept with their patient: an earlier or later message may state more under them. */
function namesAStudy(order: MappedOrder): boolean {
  if (order.askable) return true;
  const numbers = [order.placerOrderNumber, order.fillerOrderNumber];
  return order.identity.patientId !== undefined && numbers.some((number) => number !== undefined);
}

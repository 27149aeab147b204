import type { IdentityVault } from '../identities/identity-vault.js';
import { patientKey } from '../identities/identities.js';
import type { NumberKey, StatedNumber } from './order-keys.js';
import { numberKey } from './order-keys.js';
import { namespacesMeet, speaksFor } from '../sql.js';

/** Numbers by which a person looks for orders and studies; what is left out narrows nothing. */
export interface SoughtNumbers {
  readonly accession?: StatedNumber | undefined;
  /** A placer or a filler order number. */
  readonly orderNumber?: StatedNumber | undefined;
  /** A Patient ID, with its issuer as namespace. */
  readonly patientId?: StatedNumber | undefined;
}

/** A span of time; what is left out is open. */
export interface TimeRange {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** The conditions of a statement with their parameters, numbered as they come. */
export class Conditions {
  readonly parameters: unknown[] = [];
  readonly #all: string[] = [];

  add(condition: string): void {
    this.#all.push(condition);
  }

  /** The place of a value in the statement. */
  parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  /** That a time is within these, both inclusive, to the millisecond in which times are told. */
  within(time: string, { from, to }: TimeRange): void {
    if (from) this.add(`${time} >= ${this.parameter(from)}::timestamptz`);
    if (to) this.add(`${time} < ${this.parameter(to)}::timestamptz + interval '1 ms'`);
  }

  /** All of them, as what follows WHERE. */
  get all(): string {
    return this.#all.map((each) => `(${each})`).join(' AND ') || 'true';
  }
}

/** Under which keys a sought number is kept; none when it is blank, which nothing bears. */
export function accessionKeys(vault: IdentityVault, accession: StatedNumber): NumberKey[] {
  return [numberKey(vault, 'accession', accession)].flatMap((key) => key ?? []);
}

/** Under which keys a placer or filler order number is kept. */
export function orderNumberKeys(vault: IdentityVault, orderNumber: StatedNumber): NumberKey[] {
  return (['filler', 'placer'] as const).flatMap((kind) => numberKey(vault, kind, orderNumber) ?? []);
}

/**
 * SQL for the ids of the orders (`order_key`) or studies (`study_key`) that bear one of these keys. A number that
 * states no namespace is found under each of them, and one with a namespace under none as well.
 */
export function bearersOf(
  table: 'order_key' | 'study_key',
  conditions: Conditions,
  keys: readonly NumberKey[],
): string {
  const numbers = conditions.parameter(keys.map(({ number }) => number));
  const namespaces = conditions.parameter(keys.map(({ namespace }) => namespace));
  return `SELECT k.${table === 'order_key' ? 'order_id' : 'study_id'} FROM ${table} k
    JOIN unnest(${numbers}::text[], ${namespaces}::text[]) AS a (number, namespace) ON a.number = k.number
      AND ${namespacesMeet('a.namespace', 'k.namespace')}`;
}

/**
 * SQL that is true for an order of which a message, the newest or one before it, said that it is of this patient, by
 * whichever of the ids that it listed.
 */
export function saidToBeOf(
  order: string,
  vault: IdentityVault,
  conditions: Conditions,
  patientId: StatedNumber,
): string {
  const { number, issuer } = patientParameters(vault, conditions, patientId);
  // As `patientHmac` writes them: the first is of number and issuer together.
  return `EXISTS (SELECT 1 FROM unnest(array_append(${order}.former_patients, ${order}.patient_hmac)) AS patient,
      unnest((string_to_array(patient, ' '))[2:]) AS stated
    WHERE split_part(stated, '#', 1) = ${number}::text
      AND ${namespacesMeet("substr(stated, strpos(stated, '#') + 1)", `${issuer}::text`)})`;
}

/** The places of a Patient ID and its issuer in the statement. */
function patientParameters(
  vault: IdentityVault,
  conditions: Conditions,
  { value, namespace }: StatedNumber,
): { number: string; issuer: string } {
  const key = patientKey(vault, { patientId: value, ...(namespace ? { issuerOfPatientId: namespace } : {}) });
  return { number: conditions.parameter(key.number), issuer: conditions.parameter(key.namespace) };
}

/**
 * SQL for the ids of the identities that state a Patient ID, by the same rule for its issuer, or a number that a merge
 * made one with it: where the feed that said so speaks for the node, or gave the order, that showed the identity. At
 * another hospital the same number is another patient's.
 */
export function identitiesOf(vault: IdentityVault, conditions: Conditions, patientId: StatedNumber): string {
  const { number, issuer } = patientParameters(vault, conditions, patientId);
  const isOfFeed = (merge: string) => `(p.feed_id IS NULL OR p.feed_id = ${merge}.feed_id)`;
  return `WITH RECURSIVE patient (number, namespace, feed_id) AS (
      SELECT ${number}::text, ${issuer}::text, NULL::uuid
      UNION SELECT merged.* FROM patient p CROSS JOIN LATERAL (
        SELECT m.survivor, m.survivor_namespace, m.feed_id FROM patient_merge m
        WHERE m.retired = p.number AND ${namespacesMeet('m.retired_namespace', 'p.namespace')} AND ${isOfFeed('m')}
        UNION ALL SELECT m.retired, m.retired_namespace, m.feed_id FROM patient_merge m
        WHERE m.survivor = p.number AND ${namespacesMeet('m.survivor_namespace', 'p.namespace')} AND ${isOfFeed('m')}
      ) AS merged
    ) SELECT i.id FROM identity i JOIN patient p ON i.patient_number_hmac = p.number
      AND ${namespacesMeet('i.patient_namespace_hmac', 'p.namespace')}
    WHERE p.feed_id IS NULL
      OR EXISTS (SELECT 1 FROM study_order o WHERE o.identity_id = i.id AND o.feed_id = p.feed_id)
      OR EXISTS (SELECT 1 FROM identity_sighting s JOIN pacs_node node ON node.id = s.node_id
        JOIN feed ON feed.id = p.feed_id AND ${speaksFor} WHERE s.identity_id = i.id)`;
}

import type { IdentityVault } from '../identities/identity-vault.js';
import { patientHmac, patientNumberHmac } from '../identities/identities.js';
import type { NumberKey, StatedNumber } from './order-keys.js';
import { numberKey } from './order-keys.js';
import { namespacesMeet } from '../sql.js';

/** Numbers by which a person looks for orders and studies; what is left out narrows nothing. */
export interface SoughtNumbers {
  readonly accession?: StatedNumber | undefined;
  /** A placer or a filler order number. */
  readonly orderNumber?: StatedNumber | undefined;
  /** A Patient ID, with its issuer as namespace. */
  readonly patientId?: StatedNumber | undefined;
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

/** SQL for the ids of the identities that state a Patient ID, by the same rule for its issuer. */
export function identitiesOf(
  vault: IdentityVault,
  conditions: Conditions,
  { value, namespace }: StatedNumber,
): string {
  const number = conditions.parameter(patientNumberHmac(vault, value));
  const alone = `SELECT id FROM identity WHERE patient_number_hmac = ${number}`;
  if (!namespace?.trim()) return alone;
  const stated = [{ patientId: value, issuerOfPatientId: namespace }, { patientId: value }];
  return `${alone} AND patient_hmac = ANY(${conditions.parameter(stated.map((each) => patientHmac(vault, each)))})`;
}

import type { ReadingState, StudyState } from '@prelector/findings';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { NumberKey } from './order-keys.js';
import type { SoughtNumbers } from './sought-numbers.js';
import { Conditions, accessionKeys, bearersOf, identitiesOf, orderNumberKeys } from './sought-numbers.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** A study that bears the numbers that were looked for. */
export interface BearingStudy {
  readonly studyInstanceUid: string;
  readonly state: StudyState;
  readonly stateReason: string | null;
  readonly readingState: ReadingState;
  readonly firstHeardAt: Date;
}

/** The most studies that are told at once. */
export const studiesToldAtMost = 50;

/**
 * The studies that bear all of these numbers, oldest first, at most {@link studiesToldAtMost}: an accession number
 * as an archive states it or an order that is joined with the study does, an order number as such an order does, a
 * Patient ID as the study showed it at any time.
 */
export function studiesBearing(
  tx: Tx,
  vault: IdentityVault,
  { accession, orderNumber, patientId }: SoughtNumbers,
): Promise<BearingStudy[]> {
  const conditions = new Conditions();
  const ofOrders = (keys: readonly NumberKey[]) =>
    `SELECT study_id FROM order_study WHERE order_id IN (${bearersOf('order_key', conditions, keys)})`;
  if (accession) {
    const keys = accessionKeys(vault, accession);
    const own = bearersOf('study_key', conditions, keys);
    conditions.add(`s.id IN (${own} UNION ALL ${ofOrders(keys)})`);
  }
  if (orderNumber) conditions.add(`s.id IN (${ofOrders(orderNumberKeys(vault, orderNumber))})`);
  if (patientId) {
    const identities = identitiesOf(vault, conditions, patientId);
    conditions.add(`s.id IN (SELECT study_id FROM identity_sighting WHERE identity_id IN (${identities}))`);
  }
  return rowsOf(
    tx,
    `SELECT s.study_instance_uid AS "studyInstanceUid", s.state, s.state_reason AS "stateReason",
       s.reading_state AS "readingState", s.first_heard_at AS "firstHeardAt"
     FROM study s WHERE ${conditions.all} ORDER BY s.first_heard_at, s.id LIMIT ${studiesToldAtMost}`,
    conditions.parameters,
  );
}

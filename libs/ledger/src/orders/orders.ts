import type { CountedOrder } from '@prelector/findings';
import { areAllCancelled } from '@prelector/findings';
import { In } from 'typeorm';
import type { IdentityVault } from '../identities/identity-vault.js';
import { lockRow, namespacesMeet, rowOf, rowsOf } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Tx } from '../tx.js';
import type { NumberKey, StatedNumber } from './order-keys.js';
import { countsOnNode, numberKey, provisionalKeys } from './order-keys.js';
import { OrderRow, OrderStudyRow } from './order.entity.js';

/** The order of that id, locked until the transaction ends; throws `ledger.not-found`. */
export function lockOrder(tx: Tx, id: string): Promise<OrderRow> {
  return lockRow(tx, OrderRow, id);
}

/** How an order is joined with the study that a person said it means. */
export const namedByPerson = 'named by a person';

/** How an order and a study are joined, if they are. */
export function linkBetween(tx: Tx, orderId: string, studyId: string): Promise<OrderStudyRow | null> {
  return tx.findOneBy(OrderStudyRow, { orderId, studyId });
}

/** True when another order of the study, which is not cancelled, is of its patient. */
export async function hasOrderOfItsOwn(tx: Tx, studyId: string, besides: string): Promise<boolean> {
  const row = await rowOf(
    tx,
    `SELECT 1 FROM order_study os JOIN study_order o ON o.id = os.order_id JOIN study s ON s.id = os.study_id
     WHERE os.study_id = $1 AND o.id <> $2 AND NOT os.is_foreign AND o.state <> 'cancelled'
       AND (s.test_only OR NOT o.test_only) LIMIT 1`,
    [studyId, besides],
  );
  return row !== undefined;
}

/** Gives an order that waits more time, unless a message gave it more already. */
export async function prolongOrder(tx: Tx, orderId: string, giveUpAt: Date): Promise<void> {
  await rowsOf(tx, `UPDATE study_order SET give_up_at = greatest(give_up_at, $2) WHERE id = $1`, [
    orderId,
    giveUpAt,
  ]);
}

/** The order with this id, if there is one. */
export function orderById(tx: Tx, id: string): Promise<OrderRow | null> {
  return tx.findOneBy(OrderRow, { id });
}

/** Orders that are joined with a study, oldest first. */
export async function ordersOfStudy(tx: Tx, studyId: string): Promise<OrderRow[]> {
  const ids = await rowsOf<{ id: string }>(tx, `SELECT order_id AS id FROM order_study WHERE study_id = $1`, [
    studyId,
  ]);
  return ordersById(
    tx,
    ids.map(({ id }) => id),
  );
}

/** Studies that are joined with an order, oldest first. */
export async function studiesOfOrder(tx: Tx, orderId: string): Promise<StudyRow[]> {
  const ids = await rowsOf<{ id: string }>(tx, `SELECT study_id AS id FROM order_study WHERE order_id = $1`, [
    orderId,
  ]);
  return tx.find(StudyRow, {
    where: { id: In(ids.map((row) => row.id)) },
    order: { firstHeardAt: 'ASC', id: 'ASC' },
  });
}

/** What an archive states by which orders speak of a study. */
export interface StatedNumbers {
  readonly studyInstanceUid: string;
  readonly accession?: StatedNumber | undefined;
  /** Nodes that state it, of which the feed of an order must speak; any where left out. */
  readonly nodeIds?: readonly string[];
}

/** Orders that name a Study Instance UID, or bear an accession number, whether the study is known or not. */
export async function ordersSpeakingOf(
  tx: Tx,
  vault: IdentityVault,
  study: StatedNumbers,
): Promise<OrderRow[]> {
  const keys: (NumberKey | undefined)[] = [
    numberKey(vault, 'study', { value: study.studyInstanceUid }),
    numberKey(vault, 'accession', study.accession),
  ];
  const stated = keys.flatMap((key) => key ?? []);
  const ids = await rowsOf<{ id: string }>(
    tx,
    `SELECT DISTINCT k.order_id AS id FROM order_key k
     JOIN unnest($1::text[], $2::text[]) AS s (number, namespace) ON s.number = k.number
       AND ${namespacesMeet('s.namespace', 'k.namespace')}
     WHERE k.kind NOT IN ${provisionalKeys} AND ($3::uuid[] IS NULL OR ${countsOnNode('k', 'node.id = ANY($3)')})`,
    [stated.map((key) => key.number), stated.map((key) => key.namespace), study.nodeIds],
  );
  return ordersById(
    tx,
    ids.map(({ id }) => id),
  );
}

/** Orders of these ids, oldest first. */
export function ordersById(tx: Tx, ids: readonly string[]): Promise<OrderRow[]> {
  return tx.find(OrderRow, { where: { id: In([...ids]) }, order: { createdAt: 'ASC', id: 'ASC' } });
}

/** Every order that is held, by its id, with the row of the identity that it states. */
export async function heldOrders(tx: Tx): Promise<ReadonlyMap<string, string | null>> {
  const rows = await rowsOf<{ id: string; identityId: string | null }>(
    tx,
    `SELECT id, identity_id AS "identityId" FROM study_order WHERE state = 'held'`,
  );
  return new Map(rows.map(({ id, identityId }) => [id, identityId]));
}

/** How many orders wait for their study: by their number the questions are spread. */
export async function countWaitingOrders(tx: Tx): Promise<number> {
  const row = await rowOf<{ count: string }>(
    tx,
    `SELECT count(*) FROM study_order WHERE state = 'announced' AND acquisition_ended`,
  );
  return Number(row?.count ?? 0);
}

/**
 * True when the study is joined with orders and every one of them that counts was cancelled. One that was cancelled by a
 * message of another patient, and was of this study before, is among them: nobody can tell what was cancelled then.
 */
export async function isCancelled(tx: Tx, studyId: string): Promise<boolean> {
  return (await cancelledOrders(tx, studyId)).all;
}

interface JoinedOrder extends CountedOrder {
  readonly isCancelled: boolean;
  readonly counts: boolean;
}

/** Whether orders that are joined with a study are cancelled: some, also those that do not count; all that count. */
export async function cancelledOrders(tx: Tx, studyId: string): Promise<{ some: boolean; all: boolean }> {
  const joined = await rowsOf<JoinedOrder>(
    tx,
    `SELECT o.state = 'cancelled' AS "isCancelled", o.placed_at AS "placedAt",
       CASE o.state WHEN 'cancelled' THEN o.cancelled_at END AS "cancelledAt",
       (NOT os.is_foreign OR (os.was_own AND o.state = 'cancelled')) AND (s.test_only OR NOT o.test_only) AS counts,
       ARRAY(SELECT k.number FROM order_key k WHERE k.order_id = o.id
         AND (k.kind = 'accession' OR k.kind IN ${provisionalKeys})) AS accessions,
       (SELECT coalesce(json_agg(json_build_object('kind', k.kind, 'authority', k.authority, 'number', k.number,
           'namespace', k.namespace)), '[]')
         FROM order_key k WHERE k.order_id = o.id AND k.kind IN ('filler', 'placer')) AS numbers
     FROM order_study os JOIN study_order o ON o.id = os.order_id JOIN study s ON s.id = os.study_id
     WHERE os.study_id = $1`,
    [studyId],
  );
  return {
    some: joined.some((each) => each.isCancelled),
    all: areAllCancelled(joined.filter(({ counts }) => counts)),
  };
}

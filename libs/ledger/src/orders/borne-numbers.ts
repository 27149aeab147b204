import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { NumberKey } from './order-keys.js';
import { bearsNumber, provisionalKeys } from './order-keys.js';

/** All numbers of orders, as they are looked up. */
export function keysOf(tx: Tx, orderIds: readonly string[]): Promise<NumberKey[]> {
  return rowsOf<NumberKey>(tx, `SELECT DISTINCT number, namespace FROM order_key WHERE order_id = ANY($1)`, [
    orderIds,
  ]);
}

/** The accession numbers of orders, as they are looked up. */
export function accessionKeysOf(tx: Tx, orderIds: readonly string[]): Promise<NumberKey[]> {
  return rowsOf<NumberKey>(
    tx,
    `SELECT number, namespace FROM order_key WHERE order_id = ANY($1) AND kind = 'accession'`,
    [orderIds],
  );
}

/** The accession numbers that an order bore before it was corrected, as they are looked up. */
export function formerKeysOf(tx: Tx, orderId: string): Promise<NumberKey[]> {
  return rowsOf<NumberKey>(
    tx,
    `SELECT number, namespace FROM order_key WHERE order_id = $1 AND kind IN ${provisionalKeys}`,
    [orderId],
  );
}

/** Whether an order bears a filler and a placer number. */
export async function bearsBoth(tx: Tx, orderId: string): Promise<boolean> {
  const row = await rowOf<{ both: boolean }>(
    tx,
    `SELECT ${bearsNumber('$1', 'filler')} AND ${bearsNumber('$1', 'placer')} AS both`,
    [orderId],
  );
  return row?.both === true;
}

import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { patientHmac } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { knownOrders } from './known-orders.js';
import { orderKeys } from './order-keys.js';
import { OrderRow } from './order.entity.js';
import { ordersById } from './orders.js';
import type { NewOrder } from './new-order.js';
import { createOrder, numbersOf } from './record-order.js';
import { keepSetAside, setAsideKeys } from './set-aside.js';

/**
 * Keeps that a message holds an order which cannot be used. One that is known by its order numbers stays as it is and
 * has an event of it; else a row of its own says so, which a later message of the same numbers makes usable.
 *
 * @param why in words, free of identity
 */
export async function recordUnusableOrder(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  why: string,
): Promise<OrderRow[]> {
  const keys = orderKeys(vault, numbersOf(order));
  const { known } = await knownOrders(tx, keys, order, patientHmac(vault, order.identity));
  const { who } = order;
  if (known.length === 0) {
    return [await createOrder(tx, vault, { ...order, why }, { keys, unusable: why })];
  }
  for (const id of known) {
    await keepSetAside(tx, id, setAsideKeys(vault, order.setAside));
    await recordEvent(tx, { who, what: 'message not used', subjectKind: 'order', subjectId: id, why });
    await tx.update(OrderRow, { id, state: 'unusable' }, { stateReason: why, updatedAt: nowOf(tx) });
  }
  return ordersById(tx, known);
}

/** Lets go of what a message left as unusable orders without a number, before the message is judged anew. */
export async function forgetUnusableOrders(tx: Tx, noticeId: string): Promise<void> {
  await rowsOf(
    tx,
    `WITH gone AS (
       DELETE FROM study_order o USING notice_subject s
       WHERE s.notice_id = $1 AND s.kind = 'order' AND s.subject_id = o.id AND o.state = 'unusable'
         AND NOT EXISTS (SELECT 1 FROM order_key WHERE order_id = o.id)
       RETURNING o.id, o.identity_id),
     who AS (DELETE FROM identity WHERE id IN (SELECT identity_id FROM gone))
     DELETE FROM notice_subject WHERE notice_id = $1 AND subject_id IN (SELECT id FROM gone) RETURNING subject_id`,
    [noticeId],
  );
}

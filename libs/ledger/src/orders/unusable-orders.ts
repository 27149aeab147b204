import type { Events } from '../events/events.js';
import { patientHmac } from '../identities/identities.js';
import type { Statements } from '../sql.js';
import type { NewOrder } from './new-order.js';
import type { OrderBook } from './order-book.js';
import { numbersOf } from './order-book.js';
import { orderKeys } from './order-keys.js';
import { OrderRow } from './order.entity.js';
import type { Orders } from './orders.js';
import type { Recognition } from './recognition.js';
import { setAsideKeys } from './set-aside.js';

/** Orders of messages that cannot be used. */
export class UnusableOrders {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly orders: Orders,
    private readonly recognition: Recognition,
    private readonly orderBook: OrderBook,
  ) {}

  /**
   * Keeps that a message holds an order which cannot be used. One that is known by its order numbers stays as it is and
   * has an event of it; else a row of its own says so, which a later message of the same numbers makes usable.
   *
   * @param why in words, free of identity
   */
  async record(order: NewOrder, why: string): Promise<OrderRow[]> {
    const keys = orderKeys(this.sql.vault, numbersOf(order));
    const { known } = await this.recognition.knownOrders(
      keys,
      order,
      patientHmac(this.sql.vault, order.identity),
    );
    const { who } = order;
    if (known.length === 0) {
      return [await this.orderBook.create({ ...order, why }, { keys, unusable: why })];
    }
    for (const id of known) {
      await this.orders.keepSetAside(id, setAsideKeys(this.sql.vault, order.setAside));
      await this.events.record({ who, what: 'message not used', subjectKind: 'order', subjectId: id, why });
      await this.sql.update(
        OrderRow,
        { id, state: 'unusable' },
        { stateReason: why, updatedAt: this.sql.now() },
      );
    }
    return this.orders.byIds(known);
  }

  /** Lets go of what a message left as unusable orders without a number, before the message is judged anew. */
  async forget(noticeId: string): Promise<void> {
    await this.sql.rows(
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
}

import { randomUUIDv7 } from 'node:crypto';
import { Batch } from '../batch.js';
import { channels } from '../channel-listener.js';
import { EventRow } from '../events/event.entity.js';
import { identityRow, patientKeys } from '../identities/identities.js';
import { IdentityRow } from '../identities/identity.entity.js';
import { NoticeBodyRow, NoticeRow, NoticeSubjectRow } from '../notices/notice.entity.js';
import type { NewHl7Notice } from '../notices/notices.js';
import { noticeRows } from '../notices/notices.js';
import type { Statements } from '../sql.js';
import { OutboxRow, StepRow } from '../steps/step.entity.js';
import type { NewOrder } from './new-order.js';
import type { Numbers } from './numbers.js';
import { numbersOf } from './order-book.js';
import { orderKeys } from './order-keys.js';
import { heardOf, orderRow } from './order-row.js';
import { OrderKeyRow, OrderRow } from './order.entity.js';

/** A message about one order. */
export interface FirstOrder {
  readonly notice: NewHl7Notice;
  readonly order: NewOrder;
  /** The archives are to be asked for its study. */
  readonly isLookedFor: boolean;
}

/** Orders of which nothing is known yet, kept with their messages in one statement. */
export class FirstOrders {
  constructor(
    private readonly sql: Statements,
    private readonly numbers: Numbers,
  ) {}

  /**
   * Keeps a message and the order that it states where nothing is known yet, neither of the message nor under any number of
   * the order, as `notices.recordHl7`, `orderBook.record` and `steps.schedule` would: by two statements, one that waits for whoever
   * speaks of one of the numbers, one that writes. False, and nothing is written, where something is known.
   */
  async record({ notice: message, order, isLookedFor }: FirstOrder): Promise<boolean> {
    const keys = orderKeys(this.sql.vault, numbersOf(order));
    if (keys.length === 0) return false;
    await this.numbers.lock([...keys, ...patientKeys(this.sql.vault, order.identity)]);
    const { notice, body } = noticeRows(this.sql.vault, message);
    const identity = identityRow(this.sql.vault, order.identity);
    const row = orderRow(this.sql.vault, order, { identityId: identity.id, keys, now: this.sql.now() });
    const batch = new Batch(this.sql)
      .insert(NoticeRow, notice)
      .insert(NoticeBodyRow, body)
      .insert(IdentityRow, identity)
      .insert(OrderRow, row);
    const { authority } = order;
    for (const { kind, number, namespace } of withoutPossible(keys))
      batch.insert(OrderKeyRow, { orderId: row.id, authority, kind, number, namespace });
    const {
      who,
      what,
      subjectKind,
      subjectId,
      after,
      why = null,
    } = heardOf(order, {
      ...row,
      state: 'announced',
    });
    batch.insert(EventRow, { who, what, subjectKind, subjectId, after, why, noticeId: notice.id });
    batch.insert(NoticeSubjectRow, { noticeId: notice.id, kind: 'order', subjectId: row.id });
    if (isLookedFor) {
      const step = { id: randomUUIDv7(), step: 'resolve', rowId: row.id, priority: row.priority } as const;
      batch.insert(StepRow, step);
      batch.insert(OutboxRow, { id: randomUUIDv7(), stepId: step.id, attempt: 1 });
      batch.write(`SELECT pg_notify(${batch.value(channels.outbox, 'text')}, '')`);
    }
    const feed = batch.value(message.feedId, 'uuid');
    const controlId = batch.value(message.controlId, 'text');
    const numbers = batch.value(
      keys.map(({ number }) => number),
      'text[]',
    );
    return batch
      .unless(
        `EXISTS (SELECT 1 FROM notice WHERE kind = 'hl7' AND feed_id = ${feed} AND control_id = ${controlId})
           OR EXISTS (SELECT 1 FROM order_key WHERE number = ANY(${numbers}))
           OR EXISTS (SELECT 1 FROM study_key WHERE number = ANY(${numbers}))`,
      )
      .send();
  }
}

/** What only may be an accession number is none beside one that is stated. */
function withoutPossible<T extends { readonly kind: string }>(keys: readonly T[]): readonly T[] {
  const isStated = keys.some(({ kind }) => kind === 'accession');
  return isStated ? keys.filter(({ kind }) => kind !== 'possible-accession') : keys;
}

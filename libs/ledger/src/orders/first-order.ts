import { randomUUIDv7 } from 'node:crypto';
import { Batch } from '../batch.js';
import { channels } from '../channel-listener.js';
import { nowOf } from '../database-clock.js';
import { EventRow } from '../events/event.entity.js';
import { IdentityRow } from '../identities/identity.entity.js';
import { identityRow, patientKeys } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { NoticeBodyRow, NoticeRow, NoticeSubjectRow } from '../notices/notice.entity.js';
import type { NewHl7Notice } from '../notices/notices.js';
import { noticeRows } from '../notices/notices.js';
import { OutboxRow, StepRow } from '../steps/step.entity.js';
import type { Tx } from '../tx.js';
import type { NewOrder } from './new-order.js';
import { lockNumbers, orderKeys } from './order-keys.js';
import { heardOf, orderRow } from './order-row.js';
import { OrderKeyRow, OrderRow } from './order.entity.js';
import { numbersOf } from './record-order.js';

/** A message about one order. */
export interface FirstOrder {
  readonly notice: NewHl7Notice;
  readonly order: NewOrder;
  /** The archives are to be asked for its study. */
  readonly isLookedFor: boolean;
}

/**
 * Keeps a message and the order that it states where nothing is known yet, neither of the message nor under any number of
 * the order, as `recordHl7Notice`, `recordOrder` and `scheduleStep` would: by two statements, one that waits for whoever
 * speaks of one of the numbers, one that writes. False, and nothing is written, where something is known.
 */
export async function recordFirstOrder(
  tx: Tx,
  vault: IdentityVault,
  { notice: message, order, isLookedFor }: FirstOrder,
): Promise<boolean> {
  const keys = orderKeys(vault, numbersOf(order));
  if (keys.length === 0) return false;
  await lockNumbers(tx, [...keys, ...patientKeys(vault, order.identity)]);
  const { notice, body } = noticeRows(vault, message);
  const identity = identityRow(vault, order.identity);
  const row = orderRow(vault, order, { identityId: identity.id, keys, now: nowOf(tx) });
  const batch = new Batch(tx)
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

/** What only may be an accession number is none beside one that is stated. */
function withoutPossible<T extends { readonly kind: string }>(keys: readonly T[]): readonly T[] {
  const isStated = keys.some(({ kind }) => kind === 'accession');
  return isStated ? keys.filter(({ kind }) => kind !== 'possible-accession') : keys;
}

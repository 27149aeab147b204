import { randomUUIDv7 } from 'node:crypto';
import type { NewEvent } from '../events/events.js';
import { patientHmac } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { NewOrder } from './new-order.js';
import { isPlaced, mayCorrect } from './new-order.js';
import type { OrderKey } from './order-keys.js';
import type { OrderRow } from './order.entity.js';
import { setAsideKeys } from './set-aside.js';

/** A new row of an order of which nothing was heard before. */
export function orderRow(
  vault: IdentityVault,
  order: NewOrder,
  {
    identityId,
    keys,
    now,
  }: { readonly identityId: string; readonly keys: readonly OrderKey[]; readonly now: Date },
) {
  return {
    id: randomUUIDv7(),
    feedId: order.feedId ?? null,
    identityId,
    studyInstanceUids: [...(order.studyInstanceUids ?? [])],
    setAside: setAsideKeys(vault, order.setAside),
    patientHmac: patientHmac(vault, order.identity) ?? null,
    priority: order.priority ?? 5,
    modality: order.modality ?? null,
    procedureCode: order.procedureCode ?? null,
    expectedInstances: order.expectedInstances ?? null,
    acquisitionEnded: order.acquisitionEnded ?? false,
    readingState: order.readingState ?? 'unknown',
    readingAt: order.readingState ? now : null,
    withdrawnAt: order.withdrawn ? now : null,
    testOnly: order.testOnly ?? false,
    giveUpAt: order.giveUpAt ?? null,
    placedAt: isPlaced(order) ? now : null,
    correctsAt: mayCorrect(order, keys) ? now : null,
  } satisfies Partial<OrderRow>;
}

/** What is told of an order when it is heard of first. */
export function heardOf(
  { who, why }: NewOrder,
  { id, state, identityId }: Pick<OrderRow, 'id' | 'state'> & { readonly identityId: string },
) {
  const after = { state, identity: identityId };
  return { who, what: 'heard of', subjectKind: 'order', subjectId: id, after, why } satisfies NewEvent;
}

import type { PatientMerge } from '@prelector/hl7';
import type { IdentityVault, NoticeSubject, Tx } from '@prelector/ledger';
import {
  countAnew,
  joinOrder,
  judgeWaiting,
  lockAboutOrders,
  lockMergedPatients,
  lockStudy,
  orderById,
  ordersApart,
  recordPatientMerge,
  scheduleStep,
  studiesAwaitingMerge,
  studiesOfOrder,
  takeUpKeptBack,
  undoPatientMerge,
  uniteMerged,
} from '@prelector/ledger';

const who = 'trigger';
const why = 'two patients are one';

/**
 * Keeps which patient numbers are one patient's, or no longer are. Orders that stood apart only because they were of two
 * patients become one. Orders that wait or are held under either are joined anew
 * with the studies that are known, and asked for again. No identity that is written changes: a study whose
 * archive still states the retired number waits until the archive follows, and one whose archive followed first goes on. Where a merge is undone, orders that
 * found a study by it are judged again, too: both are held.
 */
export async function followMerges(
  tx: Tx,
  vault: IdentityVault,
  feedId: string,
  merges: readonly PatientMerge[],
): Promise<NoticeSubject[]> {
  if (merges.length === 0) return [];
  const concerned = new Set<string>();
  const locked = await lockMergedPatients(tx, vault, feedId, merges);
  const apart = await ordersApart(tx, feedId, locked.akin);
  for (const { survivor, retired, isUndone } of merges) {
    const follow = isUndone ? undoPatientMerge : recordPatientMerge;
    for (const id of await follow(tx, vault, { feedId, survivor, retired, who, locked })) concerned.add(id);
  }
  const united = await uniteMerged(tx, vault, apart, { who, why });
  for (const { kept, given } of united) {
    concerned.add(kept);
    concerned.delete(given);
  }
  const waiting = await studiesAwaitingMerge(tx, locked.numbers);
  await lockAboutOrders(tx, [...concerned], waiting);
  for (const id of concerned) {
    await joinOrder(tx, vault, id, who);
    if (united.some(({ kept }) => kept === id)) await countUnited(tx, id);
    const order = await orderById(tx, id);
    if (!order?.acquisitionEnded || !['announced', 'held'].includes(order.state)) continue;
    await scheduleStep(tx, { step: 'resolve', rowId: id, priority: order.priority, restart: true });
  }
  await judgeWaiting(tx, vault, waiting, who);
  return [...concerned].map((id) => ({ kind: 'order', id }));
}

/** What was said of either order is said of the studies of both. */
async function countUnited(tx: Tx, orderId: string): Promise<void> {
  for (const { id } of await studiesOfOrder(tx, orderId)) {
    await countAnew(tx, await lockStudy(tx, id), { who, why });
    await takeUpKeptBack(tx, id);
  }
}

import type { PatientMerge } from '@prelector/hl7';
import type { NoticeSubject, Tx } from '@prelector/ledger';

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
  feedId: string,
  merges: readonly PatientMerge[],
): Promise<NoticeSubject[]> {
  if (merges.length === 0) return [];
  const concerned = new Set<string>();
  const locked = await tx.patientMerges.lock(feedId, merges);
  const apart = await tx.mergedOrders.apart(feedId, locked.akin);
  for (const { survivor, retired, isUndone } of merges) {
    const merge = { feedId, survivor, retired, who, locked };
    const orders = isUndone ? tx.patientMerges.undo(merge) : tx.patientMerges.record(merge);
    for (const id of await orders) concerned.add(id);
  }
  const united = await tx.mergedOrders.unite(apart, { who, why });
  for (const { kept, given } of united) {
    concerned.add(kept);
    concerned.delete(given);
  }
  const waiting = await tx.patientMerges.studiesAwaiting(locked.numbers);
  await tx.locks.aboutOrders([...concerned], waiting);
  for (const id of concerned) {
    await tx.joining.joinOrder(id, who);
    if (united.some(({ kept }) => kept === id)) await countUnited(tx, id);
    const order = await tx.orders.byId(id);
    if (!order?.acquisitionEnded || !['announced', 'held'].includes(order.state)) continue;
    await tx.steps.schedule({ step: 'resolve', rowId: id, priority: order.priority, restart: true });
  }
  await tx.judging.waiting(waiting, who);
  return [...concerned].map((id) => ({ kind: 'order', id }));
}

/** What was said of either order is said of the studies of both. */
async function countUnited(tx: Tx, orderId: string): Promise<void> {
  for (const { id } of await tx.orders.studiesOf(orderId)) {
    await tx.links.countAnew(await tx.studies.lock(id), { who, why });
    await tx.studies.takeUpKeptBack(id);
  }
}

import type { PatientMerge } from '@prelector/hl7';
import type { IdentityVault, NoticeSubject, Tx } from '@prelector/ledger';
import {
  joinOrder,
  judgeWaiting,
  lockAboutOrders,
  orderById,
  recordPatientMerge,
  scheduleStep,
  studiesAwaitingMerge,
  undoPatientMerge,
} from '@prelector/ledger';

const who = 'trigger';

/**
 * Keeps which patient numbers are one patient's, or no longer are. Orders that wait or are held under either are joined anew
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
  const concerned = new Set<string>();
  for (const { survivor, retired, isUndone } of merges) {
    const follow = isUndone ? undoPatientMerge : recordPatientMerge;
    for (const id of await follow(tx, vault, { feedId, survivor, retired, who })) concerned.add(id);
  }
  const numbers = merges.flatMap(({ survivor, retired }) => [survivor, retired]);
  const waiting = await studiesAwaitingMerge(tx, vault, numbers);
  await lockAboutOrders(tx, [...concerned], waiting);
  for (const id of concerned) {
    await joinOrder(tx, vault, id, who);
    const order = await orderById(tx, id);
    if (!order?.acquisitionEnded || !['announced', 'held'].includes(order.state)) continue;
    await scheduleStep(tx, { step: 'resolve', rowId: id, priority: order.priority, restart: true });
  }
  await judgeWaiting(tx, vault, waiting, who);
  return [...concerned].map((id) => ({ kind: 'order', id }));
}

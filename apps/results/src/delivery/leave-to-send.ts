import { lockBoth, takeUp } from './decided.js';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';
import { permissionNow } from './permission.js';

/**
 * Decides once more, with the study's row locked and under the claim's fence, and says in the ledger that the
 * store is about to be sent: from then on the node may have it, until an answer or a look says otherwise. So a
 * hold, a signature, a switch or a newer result that came during the gate still counts. False: not now.
 */
export function leaveToSend(tools: DeliveryTools, outbound: Outbound): Promise<boolean> {
  return tools.ledger.transaction(async (tx) => {
    const locked = await lockBoth(tx, outbound);
    await tx.steps.assertClaim(outbound.claim);
    if (!locked || (await permissionNow(tx, tools, outbound, locked.study)).kind !== 'go') return false;
    await takeUp(tx, locked);
    await tx.moves.delivery(locked.delivery.id, 'attempted', { who: 'results' });
    await tx.deliveries.beginDoubt(locked.delivery.id);
    return true;
  });
}

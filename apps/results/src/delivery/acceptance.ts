import type { AcceptanceKey, Tx } from '@prelector/ledger';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';

const keyOf = ({ node, evidence }: Outbound): AcceptanceKey => ({
  nodeId: node.id,
  service: 'stow',
  sopClassUid: evidence.sopClassUid,
  template: evidence.template,
  transferSyntax: evidence.transferSyntax,
});

/** Keeps what the server just said of this form, with its version as it states it. */
export function noteAcceptance(
  tx: Tx,
  { clients }: DeliveryTools,
  outbound: Outbound,
  status: 'accepted' | 'refused',
  words: string,
): Promise<void> {
  return tx.acceptances.record({
    ...keyOf(outbound),
    status,
    how: 'learnt',
    evidence: words,
    serverVersion: clients.serverVersion(outbound.node.id),
  });
}

/** True while the server need not be asked, because it refused this form before, lately, in its present version. */
export function isKnownRefused({ ledger, clients }: DeliveryTools, outbound: Outbound): Promise<boolean> {
  const { node } = outbound;
  return ledger.pool.acceptances.isRefusalStanding(keyOf(outbound), {
    tryAgainAfterHours: node.configuration.refusals.tryAgainAfterHours,
    serverVersion: clients.serverVersion(node.id),
  });
}

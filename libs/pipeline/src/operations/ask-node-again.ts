import { PrelectorError } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';

/**
 * Has a node that refused our account asked again at once, as a person decided; false when it refuses
 * nothing. Throws `retry.node-unknown`.
 */
export async function askRefusingNodeAgain(
  ledger: Ledger,
  nodeName: string,
  who: string,
  why: string,
): Promise<boolean> {
  return ledger.transaction(async (tx) => {
    const { nodes } = await tx.configuration.current();
    const node = nodes.find(({ name }) => name === nodeName);
    if (node) return tx.nodeRefusals.askAgain(node.id, who, why);
    throw new PrelectorError(
      'retry.node-unknown',
      'permanent',
      `There is no PACS node "${nodeName}"; see: prelector status.`,
    );
  });
}

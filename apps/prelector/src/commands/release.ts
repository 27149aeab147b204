import type { Resources } from '@prelector/pipeline';
import { NodeCircuits, NodeClients, SiteView, releaseStudy } from '@prelector/pipeline';

/** Releases a held study, or answers the orders that were held over it, as the person at the keyboard. */
export async function release(
  { ledger, secrets, log }: Resources,
  studyInstanceUid: string,
  who: string,
  reason: string,
): Promise<void> {
  const site = new SiteView(ledger, log);
  const clients = new NodeClients(site, new NodeCircuits(), secrets, log, false);
  try {
    await releaseStudy({ ledger, clients, site }, { studyInstanceUid, who, reason });
  } finally {
    await clients.close();
  }
}

import type { Clock } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';
import type { NodeClients, SiteView } from '@prelector/pipeline';

/** What one delivery needs of its process. */
export interface DeliveryTools {
  readonly ledger: Ledger;
  readonly clients: NodeClients;
  readonly site: SiteView;
  readonly clock: Clock;
}

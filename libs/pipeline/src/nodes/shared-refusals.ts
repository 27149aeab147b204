import type { Ledger } from '@prelector/ledger';
import type { Account, Refusal, Refusals } from './refusals.js';
import { triedAgainAfterSeconds, trySeconds } from './refusals.js';

/** Refusals as all processes of the installation know them, in the ledger. */
export class SharedRefusals implements Refusals {
  constructor(private readonly ledger: Ledger) {}

  admit(account: Account): Promise<Refusal | undefined> {
    return this.ledger.pool.nodeRefusals.admit(account, trySeconds);
  }

  refused(account: Account, reason: string): Promise<number> {
    return this.ledger.pool.nodeRefusals.note(account, reason, triedAgainAfterSeconds);
  }

  accepted({ nodeId, purpose }: Account): Promise<void> {
    return this.ledger.pool.nodeRefusals.forget(nodeId, purpose);
  }
}

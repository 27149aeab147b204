import type { NewTurnedAway } from '@prelector/ledger';

/** Counts what a feed turns away until it is written: whoever scans a port must not write a row each time. */
export class TurnedAwayCounts {
  #counts = new Map<string, NewTurnedAway>();

  add({ reason, peer, count = 1 }: { reason: string; peer: string | undefined; count?: number }): void {
    const before = this.#counts.get(reason);
    this.#counts.set(reason, { reason, peer: peer ?? before?.peer, count: count + (before?.count ?? 0) });
  }

  /** Has `write` keep what was counted; what it could not keep stays. */
  async flush(write: (turned: readonly NewTurnedAway[]) => Promise<void>): Promise<void> {
    if (this.#counts.size === 0) return;
    const turned = [...this.#counts.values()];
    this.#counts = new Map();
    try {
      await write(turned);
    } catch (thrown) {
      turned.forEach((each) => this.add(each));
      throw thrown;
    }
  }
}

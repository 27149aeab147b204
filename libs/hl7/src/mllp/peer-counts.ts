/** How many connections each address has open. */
export class PeerCounts {
  readonly #atMost: number;
  readonly #open = new Map<string, number>();

  constructor(atMost: number) {
    this.#atMost = atMost;
  }

  /** Counts one more; false, and not counted, where the address has as many as it may. */
  enter(address: string): boolean {
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#atMost) return false;
    this.#open.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = this.#open.get(address) ?? 0;
    if (count > 1) this.#open.set(address, count - 1);
    else this.#open.delete(address);
  }
}

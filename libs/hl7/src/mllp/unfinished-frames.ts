/** What holds an unfinished frame: one connection of a peer. */
export interface FrameHolder {
  readonly address: string;
  /** Lets go of the frame and ends the connection. */
  drop(): void;
}

/**
 * The memory that unfinished frames hold, over all connections of a listener. When it runs out, the greatest
 * frame of the peer that holds most is dropped, so that one peer cannot take what the others need.
 */
export class UnfinishedFrames {
  readonly #atMost: number;
  readonly #held = new Map<FrameHolder, number>();
  #total = 0;

  constructor(atMostBytes: number) {
    this.#atMost = atMostBytes;
  }

  /** To be called with what a connection holds whenever that has changed; 0 when it holds nothing. */
  hold(holder: FrameHolder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    while (this.#total > this.#atMost) this.#dropOne();
  }

  #dropOne(): void {
    const byAddress = new Map<string, number>();
    for (const [{ address }, bytes] of this.#held) {
      byAddress.set(address, (byAddress.get(address) ?? 0) + bytes);
    }
    const rank = (holder: FrameHolder): number => byAddress.get(holder.address) ?? 0;
    const [victim, bytes] = [...this.#held].reduce((worst, one) => {
      const more = rank(one[0]) - rank(worst[0]) || one[1] - worst[1];
      return more > 0 ? one : worst;
    });
    this.#held.delete(victim);
    this.#total -= bytes;
    victim.drop();
  }
}

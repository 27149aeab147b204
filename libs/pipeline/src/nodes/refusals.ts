/** One account at one node; a changed password, or any change of the node, makes another. */
export interface Account {
  readonly nodeId: string;
  readonly purpose: 'read' | 'store';
  /** Digest of the node's version and its credentials. */
  readonly credential: string;
}

/** A node that refused an account and is not asked with it for now. */
export interface Refusal {
  /** In a row. */
  readonly refusals: number;
  /** What the node said, in words. */
  readonly reason: string;
}

/**
 * Remembers that nodes refuse accounts, so that a wrong password is tried a few times and no more: servers
 * lock accounts. All processes of an installation share one memory.
 */
export interface Refusals {
  /**
   * Undefined when the account may be tried now; a refused one again after each of `triedAgainAfterSeconds`,
   * by one caller at a time.
   */
  admit(account: Account): Promise<Refusal | undefined>;
  /** Says how often in a row that makes. */
  refused(account: Account, reason: string): Promise<number>;
  accepted(account: Account): Promise<void>;
}

/** How long a node is left alone after the first, the second and each further refusal in a row. */
export const triedAgainAfterSeconds = [60, 300, 1800] as const;

export const pauseAfter = (refusals: number): number =>
  triedAgainAfterSeconds[Math.min(refusals, triedAgainAfterSeconds.length) - 1] ?? 0;

/** How long one caller has to find out whether a refused account is taken again. */
export const trySeconds = 60;

/** Refusals of this process alone. */
export class OwnRefusals implements Refusals {
  readonly #known = new Map<string, Refusal & { credential: string; nextTryMs: number }>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  admit({ nodeId, purpose, credential }: Account): Promise<Refusal | undefined> {
    const known = this.#known.get(`${nodeId}/${purpose}`);
    if (known?.credential !== credential) return Promise.resolve(undefined);
    if (known.nextTryMs > this.nowMs()) return Promise.resolve(known);
    known.nextTryMs = this.nowMs() + trySeconds * 1000;
    return Promise.resolve(undefined);
  }

  refused({ nodeId, purpose, credential }: Account, reason: string): Promise<number> {
    const key = `${nodeId}/${purpose}`;
    const known = this.#known.get(key);
    const refusals = (known?.credential === credential ? known.refusals : 0) + 1;
    const nextTryMs = this.nowMs() + pauseAfter(refusals) * 1000;
    this.#known.set(key, { credential, refusals, reason, nextTryMs });
    return Promise.resolve(refusals);
  }

  accepted({ nodeId, purpose }: Account): Promise<void> {
    this.#known.delete(`${nodeId}/${purpose}`);
    return Promise.resolve();
  }
}

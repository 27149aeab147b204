import { pause } from './pause.js';

/** Spaces requests so that no more than so many begin in a second (profile, http.ratePerSecond). */
export class Pacer {
  readonly #spacingMs: number;
  #next = 0;

  constructor(ratePerSecond: number) {
    this.#spacingMs = ratePerSecond > 0 ? 1000 / ratePerSecond : 0;
  }

  /** Waits for the turn of the next request. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#spacingMs === 0) return;
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#spacingMs;
    if (at > now) await pause(at - now, signal);
  }
}

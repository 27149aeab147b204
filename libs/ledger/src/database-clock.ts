import type { Clock } from '@prelector/kernel';

/** Beyond this difference somebody has to set a clock right. */
export const TOLERABLE_SKEW_MS = 2_000;

/**
 * The time of the database, by which all leases, due dates and observations go, as a process can tell it: what
 * the database said last, and what a clock that nobody sets has counted since. So a process whose own clock is
 * wrong, or is set while it runs, does the same at the same time as every other.
 */
export class DatabaseClock implements Clock {
  #atMs: number;
  /** How long the answer took by which the time was set last: what it may be wrong by. */
  #uncertainMs = Infinity;

  constructor(
    private readonly own: Clock,
    private readonly countedMs: () => number = () => performance.now(),
  ) {
    this.#atMs = own.now().getTime() - countedMs();
  }

  now(): Date {
    return new Date(Math.round(this.#atMs + this.countedMs()));
  }

  /** How far the process's own clock is ahead of the database's, in ms; negative when it is behind. */
  get skewMs(): number {
    return this.own.now().getTime() - this.now().getTime();
  }

  /** Asks for the database's time, in ms, and goes by it unless what was known is nearer. */
  async measure(ask: () => Promise<number>): Promise<void> {
    const asked = this.countedMs();
    const said = await ask();
    const answered = this.countedMs();
    const agrees = this.#atMs >= said - answered && this.#atMs <= said - asked;
    if (agrees && answered - asked > this.#uncertainMs) return;
    this.#atMs = said - (asked + answered) / 2;
    this.#uncertainMs = answered - asked;
  }
}

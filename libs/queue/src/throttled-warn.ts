import type { Log } from '@prelector/kernel';

const EVERY_MS = 30_000;

/** Warns of a queue server's faults once in 30 s per step: while it is away they come many times a second. */
export function throttledWarn(log: Log): (step: string, error: Error) => void {
  const last = new Map<string, number>();
  return (step, error) => {
    const now = performance.now();
    if (now - (last.get(step) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    last.set(step, now);
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    log.warn('the queue server answered with a fault', { step, code });
  };
}

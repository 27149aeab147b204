import type { PrelectorError } from '@prelector/kernel';

const shortestMs = 15_000;
const spreadMs = 30_000;

/**
 * When to look again after a fault of a whole node or of our own ground, and why: such faults end when somebody
 * mends them, and until then no attempt of a study counts. So an outage over a weekend leaves nothing for a
 * person to revive. Undefined for a fault of the study itself, or that may be. `random` is in [0, 1).
 */
export function afterNodeFault(
  error: PrelectorError,
  now: Date,
  random: number,
): { at: Date; why: string } | undefined {
  if (error.scope !== 'node' && error.scope !== 'installation') return undefined;
  return { at: new Date(now.getTime() + shortestMs + Math.round(random * spreadMs)), why: error.message };
}

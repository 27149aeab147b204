import type { PrelectorError } from '@prelector/kernel';

/**
 * Faults of a whole node or of our own ground, not of one study: they end when somebody mends the node, and
 * until then no attempt of a study counts. So an outage over a weekend leaves nothing for a person to revive.
 */
const faultsOfTheGround = new Set([
  'dicomweb.unreachable',
  'dicomweb.tls',
  'dicomweb.unauthorised',
  'dicomweb.login-page',
  'dicomweb.busy',
  'node.circuit-open',
  'ledger.unreachable',
]);

const shortestMs = 15_000;
const spreadMs = 30_000;

/** When to look again after such a fault, and why; undefined for a fault of the study itself. `random` is in [0, 1). */
export function afterNodeFault(
  error: PrelectorError,
  now: Date,
  random: number,
): { at: Date; why: string } | undefined {
  if (!faultsOfTheGround.has(error.code)) return undefined;
  return { at: new Date(now.getTime() + shortestMs + Math.round(random * spreadMs)), why: error.message };
}

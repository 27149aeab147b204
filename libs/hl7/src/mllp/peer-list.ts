import { isLoopback, peerList as listOf } from '@prelector/kernel';
import type { PeerList } from '@prelector/kernel';
import { hl7Error } from '../errors.js';

export type { PeerList } from '@prelector/kernel';

/**
 * The peers that may connect to a listener.
 *
 * @param allowed exact addresses (`10.1.2.3`, `fd00::7`) or CIDR ranges (`10.1.0.0/16`); empty allows every
 *   peer of this machine, which suffices only to a listener bound to loopback
 * @throws PrelectorError `hl7.allow-list-required`, `hl7.allow-list-invalid`
 */
export function peerList(host: string, allowed: readonly string[]): PeerList {
  if (allowed.length === 0) {
    if (!isLoopback(host)) throw hl7Error('hl7.allow-list-required');
    return { allows: isLoopback };
  }
  const list = listOf(allowed);
  if (!list.ok) throw hl7Error('hl7.allow-list-invalid', list.error.slice(0, 60));
  return list.value;
}

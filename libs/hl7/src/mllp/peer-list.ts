import { BlockList, isIP } from 'node:net';
import { hl7Error } from '../errors.js';

/** Says whether a peer may connect. */
export interface PeerList {
  allows(address: string): boolean;
}

/** True for an address or name that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const address = plain(host);
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/**
 * The peers that may connect to a listener.
 *
 * @param allowed exact addresses (`10.1.2.3`, `fd00::7`) or CIDR ranges (`10.1.0.0/16`); empty allows every
 *   peer, which only a listener bound to loopback may
 * @throws PrelectorError `hl7.allow-list-required`, `hl7.allow-list-invalid`
 */
export function peerList(host: string, allowed: readonly string[]): PeerList {
  if (allowed.length === 0) {
    if (!isLoopback(host)) throw hl7Error('hl7.allow-list-required');
    return { allows: isLoopback };
  }
  const list = new BlockList();
  for (const entry of allowed) add(list, entry);
  return {
    allows(address) {
      const peer = plain(address);
      const version = isIP(peer);
      return version !== 0 && list.check(peer, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', prefix, ...rest] = entry.trim().split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0 || (prefix !== undefined && !isPrefix(prefix, bits))) {
    throw hl7Error('hl7.allow-list-invalid', entry.slice(0, 60));
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(prefix), family);
}

function isPrefix(text: string, bits: number): boolean {
  return /^\d{1,3}$/u.test(text) && Number(text) <= bits;
}

/** A socket bound to both families shows IPv4 peers as `::ffff:10.1.2.3`. */
function plain(address: string): string {
  return address
    .toLowerCase()
    .replace(/^\[|\]$/gu, '')
    .replace(/^::ffff:(?=\d+\.)/u, '')
    .replace(/%.*$/u, '');
}

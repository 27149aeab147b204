import { BlockList, SocketAddress, isIP } from 'node:net';
import type { Result } from './result.js';
import { err, ok } from './result.js';

/** Says whether a peer may connect. */
export interface PeerList {
  allows(address: string): boolean;
}

/** True for an address or name that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const address = plainAddress(host);
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/**
 * The peers that a listener lets in.
 *
 * @param entries exact addresses (`10.1.2.3`, `fd00::7`) or CIDR ranges (`10.1.0.0/16`)
 * @returns the list, or the first entry that is neither
 */
export function peerList(entries: readonly string[]): Result<PeerList, string> {
  const list = new BlockList();
  const wrong = entries.find((entry) => !add(list, entry));
  if (wrong !== undefined) return err(wrong);
  return ok({
    allows(address) {
      const peer = plainAddress(address);
      const version = isIP(peer);
      return version !== 0 && list.check(peer, version === 4 ? 'ipv4' : 'ipv6');
    },
  });
}

/**
 * An address or name in one spelling: lower case, without brackets and zone. A socket bound to both families
 * shows IPv4 peers as `::ffff:10.1.2.3` or `::ffff:a01:203` (RFC 4291 2.5.5.2): they come out as `10.1.2.3`.
 */
export function plainAddress(address: string): string {
  const bare = address
    .toLowerCase()
    .replace(/^\[|\]$/gu, '')
    .replace(/%.*$/u, '');
  if (isIP(bare) !== 6) return bare;
  return new SocketAddress({ address: bare, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/u, '');
}

/** Bits of the prefix that makes an IPv6 address of an IPv4 one. */
const MAPPED_BITS = 96;

function add(list: BlockList, entry: string): boolean {
  const [written = '', prefix, ...rest] = entry.trim().split('/');
  if (isIP(written) === 0 || rest.length > 0) return false;
  const address = plainAddress(written);
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  const bits = Number(prefix) - (family === 'ipv4' && isIP(written) === 6 ? MAPPED_BITS : 0);
  if (!/^\d{1,3}$/u.test(prefix) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) return false;
  list.addSubnet(address, bits, family);
  return true;
}

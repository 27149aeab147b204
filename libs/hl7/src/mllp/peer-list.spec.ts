import { describe, expect, it } from '@jest/globals';
import { peerList } from './peer-list.js';

describe('peerList', () => {
  it('lets only this machine in where a loopback listener names no peers', () => {
    const peers = peerList('127.0.0.1', []);
    expect(peers.allows('127.0.0.1')).toBe(true);
    expect(peers.allows('::ffff:127.0.0.1')).toBe(true);
    expect(peers.allows('10.1.2.3')).toBe(false);
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', 'hl7.example.org'])('wants a list for a listener on %s', (host) => {
    expect(() => peerList(host, [])).toThrow(expect.objectContaining({ code: 'hl7.allow-list-required' }));
  });

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['10.1.2.3', '::ffff:a01:203', true],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::7', 'fd00::8', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', 'not an address', false],
  ])('%s and a peer at %s: %s', (entry, address, allowed) => {
    expect(peerList('0.0.0.0', [entry]).allows(address)).toBe(allowed);
  });

  it.each(['', 'ris.example.org', '10.1.2.3/33', '10.1.2.3/', '10.0.0.0/8/8', '10.1.2.0/-1', 'fd00::/129'])(
    'refuses the entry %p',
    (entry) => {
      expect(() => peerList('0.0.0.0', [entry])).toThrow(
        expect.objectContaining({ code: 'hl7.allow-list-invalid' }),
      );
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import { isLoopback, peerList, plainAddress } from './peer-list.js';

const allows = (entry: string, address: string): boolean => {
  const list = peerList([entry]);
  if (!list.ok) throw new Error(list.error);
  return list.value.allows(address);
};

describe('peerList', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['10.1.2.3', '::FFFF:0a01:203', true],
    ['10.1.2.3', '::ffff:a01:204', false],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['::ffff:a01:203', '::ffff:10.1.2.3', true],
    ['::ffff:10.1.0.0/112', '10.1.255.255', true],
    ['::ffff:10.1.0.0/112', '10.2.0.0', false],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::7', 'FD00:0::7', true],
    ['fd00::7', 'fd00::8', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', 'not an address', false],
    ['0.0.0.0/0', '', false],
  ])('%s and a peer at %s: %s', (entry, address, allowed) => {
    expect(allows(entry, address)).toBe(allowed);
  });

  it.each([
    '',
    'ris.example.org',
    '10.1.2.3/33',
    '10.1.2.3/',
    '10.0.0.0/8/8',
    '10.1.2.0/-1',
    'fd00::/129',
    '::ffff:10.0.0.0/8',
  ])('names the entry %p, which is neither address nor range', (entry) => {
    expect(peerList(['10.9.9.9', entry])).toEqual({ ok: false, error: entry });
  });

  it('lets nobody in by an empty list', () => {
    const list = peerList([]);
    expect(list.ok && list.value.allows('127.0.0.1')).toBe(false);
  });
});

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    'knows %s',
    (host) => expect(isLoopback(host)).toBe(true),
  );

  it.each(['127.example.org', '127.0.0.1.example.org', '0.0.0.0', '::', '', '::ffff:10.0.0.1'])(
    'is not taken in by %p',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});

describe('plainAddress', () => {
  it.each([
    ['[FD00:0:0::7]', 'fd00::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::FFFF:0A01:0203', '10.1.2.3'],
    ['RIS.Example.org', 'ris.example.org'],
  ])('writes %s as %s', (address, plain) => expect(plainAddress(address)).toBe(plain));
});

import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '@prelector/kernel';
import { guardPeers, hostGuard } from './http-guard.js';

let server: Server;
let reached: number;

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const serve = async (
  options: { host?: string; allowedPeers?: string[]; names?: string[]; listen?: string } = {},
) => {
  const { host = '127.0.0.1', allowedPeers = [], names = [], listen = '127.0.0.1' } = options;
  const guard = { host, allowedPeers, names, log: silentLog };
  const check = hostGuard(guard);
  server = createServer((incoming, answer) =>
    check(incoming, answer, () => {
      reached += 1;
      answer.end('in');
    }),
  );
  guardPeers(server, guard);
  await new Promise<void>((resolve) => server.listen(0, listen, resolve));
  return (server.address() as AddressInfo).port;
};

/** Asks and returns the status, or the code of the fault of the connection. */
const ask = (port: number, { to = '127.0.0.1', host }: { to?: string; host?: string } = {}) =>
  new Promise<number | string>((resolve) => {
    request({ host: to, port, agent: false, ...(host === undefined ? {} : { headers: { host } }) })
      .on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
      .end();
  });

beforeEach(() => {
  reached = 0;
});
afterEach(() => void server.close());

describe('the names of an HTTP server', () => {
  it.each([
    'localhost:8080',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1',
    '127.3.3.3:1',
    '[::1]:80',
    'reads.example.org',
    'Reads.Example.org:443',
    '[fd00:0::7]',
  ])('are answered: %s', async (host) => {
    const port = await serve({ names: ['reads.example.org', 'fd00::7'] });
    expect(await ask(port, { host })).toBe(200);
  });

  it.each([
    'evil.example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
    'localhost@evil.example.org',
    'evil.example.org/@localhost',
    'localhost, evil.example.org',
    '0.0.0.0',
    '[::',
    ':80',
  ])('are not %p', async (host) => {
    const port = await serve({ names: ['reads.example.org'] });
    expect(await ask(port, { host })).toBe(421);
    expect(reached).toBe(0);
  });

  it('are asked for: a request without one is refused', async () => {
    const socket = connect(await serve(), '127.0.0.1');
    socket.end('GET / HTTP/1.0\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 421 /u);
  });

  it('include the one it is bound to', async () => {
    const port = await serve({ host: 'prelector.hospital' });
    expect(await ask(port, { host: 'prelector.hospital:8080' })).toBe(200);
  });
});

describe('the peers of an HTTP server', () => {
  it('refuses an entry that is no address', async () => {
    await serve();
    const guard = { host: '::', allowedPeers: ['pacs'], names: [], log: silentLog };
    expect(() => guardPeers(server, guard)).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  });

  it.each(['0.0.0.0', '::'])('are this machine also where it listens on %s', async (listen) => {
    const port = await serve({ host: listen, listen, allowedPeers: ['192.0.2.1'] });
    expect(await ask(port)).toBe(200);
  });

  // A connection to another address of this machine comes from that address, so it is a stranger's to the guard.
  if (elsewhere) {
    it.each(['0.0.0.0', '::'])('are not those that nobody named (%s)', async (listen) => {
      const port = await serve({ host: listen, listen, allowedPeers: ['192.0.2.1'] });
      expect(await ask(port, { to: elsewhere })).toMatch(/^E(CONNRESET|PIPE)$/u);
      expect(reached).toBe(0);
    });

    it.each(['0.0.0.0', '::'])('are those in the list, who may ask by the address (%s)', async (listen) => {
      const port = await serve({ host: listen, listen, allowedPeers: [`${elsewhere}/32`] });
      expect(await ask(port, { to: elsewhere })).toBe(200);
      expect(await ask(port, { to: elsewhere, host: 'evil.example.org' })).toBe(421);
    });
  }
});

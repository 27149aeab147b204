import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  acknowledgementsFor,
  frameMllp,
  MllpListener,
  type MllpListenerOptions,
  orderMessage,
  parseMessage,
  type Peer,
  readAck,
  sendMessage,
} from '@prelector/hl7';
import { silentLog } from '@prelector/kernel';
import fc from 'fast-check';
import { Client, Message } from 'node-hl7-client';
import { certificateAuthority } from './hl7-certificates.testing.js';
import { until } from '../system/until.testing.js';
import { RawPeer } from './hl7-peer.testing.js';

const now = new Date('2026-03-07T14:25:01Z');
const cleanups: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A listener on a free port, and what it was given: message ids in order, and the peers they came from. */
async function listen(options: Partial<MllpListenerOptions> = {}) {
  const taken: string[] = [];
  const peers: Peer[] = [];
  const listener = new MllpListener({
    host: '127.0.0.1',
    port: 0,
    allowedPeers: [],
    onMessage: (bytes, peer) => {
      peers.push(peer);
      const { id, acks } = accept(bytes);
      taken.push(id);
      return Promise.resolve(acks);
    },
    log: silentLog,
    ...options,
  });
  const { port } = await listener.listen();
  cleanups.push(() => listener.close());
  return { listener, port, taken, peers };
}

function accept(bytes: Uint8Array): { id: string; acks: Uint8Array[] } {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.text);
  const own = { application: 'PRELECTOR', facility: 'X', nextControlId: () => 'ACK', now };
  return { id: parsed.value.controlId, acks: acknowledgementsFor(parsed.value, { kind: 'accepted' }, own) };
}

const message = (id: string, rest = ''): string =>
  `MSH|^~\\&|RIS|H|PRE|H|2026||ORM^O01|${id}|P|2.3.1${rest}\r`;
const framed = (id: string, rest?: string): string => `\x0b${message(id, rest)}\x1c\r`;

async function peerAt(port: number): Promise<RawPeer> {
  const peer = await RawPeer.open(port);
  cleanups.push(() => void peer.socket.destroy());
  return peer;
}

/** A promise to be resolved by hand. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('framing over a socket', () => {
  it('answers 10,000 messages once each and in order, however they are split and joined', async () => {
    const { port, taken } = await listen();
    let sent = 0;
    const note = fc.constantFrom(
      '',
      '|',
      '\rNTE|1||\x1c',
      '\rNTE|1||a\x1cb',
      '\rNTE|1||\xe4\xf6\xfc',
      '\rNTE|1||'.padEnd(300, 'x'),
    );
    const parts = fc.array(
      fc.record({ note, stray: fc.constantFrom('', '', '', '\r\n', 'x', '\x1c\r'), hasCr: fc.boolean() }),
      {
        minLength: 20,
        maxLength: 20,
      },
    );
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(parts, cuts, async (messages, places) => {
        const ids = messages.map((_, index) => `M${sent + index}`);
        sent += messages.length;
        const frames = messages.map(({ note, stray, hasCr }, at) => {
          // A missing CR is tolerated only where the next frame follows at once.
          const needsCr = hasCr || messages[at + 1] === undefined || messages[at + 1]?.stray !== '';
          return `${stray}\x0b${message(ids[at] ?? '', note)}\x1c${needsCr ? '\r' : ''}`;
        });
        const stream = Buffer.from(frames.join(''), 'latin1');
        const edges = [
          0,
          ...places.map((place) => Math.floor(place * stream.length)).sort((a, b) => a - b),
          stream.length,
        ];
        const before = taken.length;
        const peer = await RawPeer.open(port);
        await peer.write(...edges.slice(1).map((edge, at) => stream.subarray(edges[at], edge)));
        const answers = await peer.answered(ids.length);
        peer.socket.destroy();
        expect(answers).toEqual(ids.map((id) => `AA|${id}`));
        expect(taken.slice(before)).toEqual(ids);
      }),
      { numRuns: 500 },
    );
    expect(taken).toHaveLength(sent);
    expect(sent).toBeGreaterThanOrEqual(10_000);
  });

  it('answers a sender that never writes the last CR and waits', async () => {
    const { port } = await listen();
    const peer = await peerAt(port);
    await peer.write(framed('1').slice(0, -1));
    expect(await peer.answered(1)).toEqual(['AA|1']);
    await peer.write('\r', framed('2'));
    expect(await peer.answered(2)).toEqual(['AA|1', 'AA|2']);
  });

  it('answers a sender that half-closes before it reads', async () => {
    const { port } = await listen();
    const peer = await peerAt(port);
    peer.socket.end(framed('1') + framed('2').slice(0, -1), 'latin1');
    await once(peer.socket, 'end');
    expect(peer.acknowledged).toEqual(['AA|1', 'AA|2']);
  });

  it('writes the commit and the application acknowledgement as messages of their own', async () => {
    const { port } = await listen();
    const peer = await peerAt(port);
    await peer.write(framed('1', '|||AL|AL'), framed('2', '|||NE|NE'), framed('3'));
    expect(await peer.answered(3)).toEqual(['CA|1', 'AA|1', 'AA|3']);
  });
});

describe('a listener under load and abuse', () => {
  it('serves hundreds of connections at once', async () => {
    const { port, taken } = await listen({ maxConnectionsPerPeer: 1000 });
    const peers = await Promise.all(Array.from({ length: 300 }, () => peerAt(port)));
    const answers = await Promise.all(
      peers.map(async (peer, at) => {
        await peer.write(framed(`${at}a`), framed(`${at}b`) + framed(`${at}c`));
        return peer.answered(3);
      }),
    );
    expect(answers).toEqual(peers.map((_, at) => [`AA|${at}a`, `AA|${at}b`, `AA|${at}c`]));
    expect(taken).toHaveLength(900);
  });

  it('turns away connections above its limit and serves the others', async () => {
    const { port } = await listen({ maxConnections: 2 });
    const [first, second] = [await peerAt(port), await peerAt(port)];
    await first.write(framed('1'));
    await second.write(framed('2'));
    await Promise.all([first.answered(1), second.answered(1)]);
    const third = await peerAt(port);
    await third.closed;
    await first.write(framed('3'));
    expect(await first.answered(2)).toEqual(['AA|1', 'AA|3']);
  });

  it('turns away connections of one address above their number, and takes as many again later', async () => {
    const { port } = await listen({ maxConnectionsPerPeer: 3 });
    const served: RawPeer[] = [];
    for (const id of ['1', '2', '3']) {
      const peer = await peerAt(port);
      await peer.write(framed(id));
      expect(await peer.answered(1)).toEqual([`AA|${id}`]);
      served.push(peer);
    }
    const turnedAway = await peerAt(port);
    await turnedAway.closed;
    expect(turnedAway.answers).toEqual([]);
    for (const peer of served) peer.socket.end();
    await Promise.all(served.map((peer) => peer.closed));
    const again = await peerAt(port);
    await again.write(framed('4'));
    expect(await again.answered(1)).toEqual(['AA|4']);
  });

  it('closes connections before the messages they leave open hold too much memory', async () => {
    const MiB = 1024 * 1024;
    const { port, taken } = await listen({ maxMessageBytes: 2 * MiB, maxUnfinishedBytes: 4 * MiB });
    const half = await peerAt(port);
    await half.write(framed('half').slice(0, -20));
    const hoarders = await Promise.all(Array.from({ length: 6 }, () => peerAt(port)));
    const open = Buffer.concat([Buffer.from('\x0bMSH|'), Buffer.alloc(1.5 * MiB, 'x')]);
    for (const peer of hoarders) peer.socket.write(open);
    // Each holds 2 MiB, so that two and the small one are left.
    await until('most of them are closed', async () =>
      hoarders.filter((peer) => !peer.socket.destroyed).length <= 2 ? true : undefined,
    );
    await half.write(framed('half').slice(-20));
    expect(await half.answered(1)).toEqual(['AA|half']);
    expect(taken).toEqual(['half']);
  });

  it('closes a connection whose message stays open, and no other', async () => {
    const { port, taken } = await listen({ frameSeconds: 0.6 });
    const [open, pipelining] = [await peerAt(port), await peerAt(port)];
    await open.write('\x0bMSH|');
    // Always in the middle of a message, but never of the same one for long.
    const stream = Buffer.from(Array.from({ length: 12 }, (_, at) => framed(String(at))).join(''), 'latin1');
    const step = Math.ceil(stream.length / 11.5);
    for (let at = 0; at < stream.length; at += step) {
      await pipelining.write(stream.subarray(at, at + step));
      await pause(80);
    }
    expect(await pipelining.answered(12)).toHaveLength(12);
    await open.closed;
    expect(taken).toHaveLength(12);
  });

  it('answers so that no echo ends the frame early', async () => {
    const { port } = await listen({
      onMessage: () => Promise.reject(new Error('kept out')),
    });
    const peer = await peerAt(port);
    await peer.write(framed('1\x1cMSA|AA|2\x0b\x00'), framed('3'));
    expect(await peer.answered(2)).toEqual(['AE|1MSA', 'AE|3']);
    expect(peer.answers).toHaveLength(2);
  });

  it('has one message of a connection in hand at a time, and holds a fast sender back', async () => {
    let inHand = 0;
    let most = 0;
    const { open, opened } = gate();
    const { port } = await listen({
      onMessage: async (bytes) => {
        inHand += 1;
        most = Math.max(most, inHand);
        await opened;
        inHand -= 1;
        return accept(bytes).acks;
      },
    });
    const peer = await peerAt(port);
    const rest = `\rNTE|1||${'x'.repeat(1000)}`;
    const flood = Array.from({ length: 20_000 }, (_, at) => framed(String(at), rest)).join('');
    peer.socket.write(flood, 'latin1');
    await pause(200);
    // 20 MB were offered; only what kernel buffers hold was taken.
    expect(peer.socket.writableLength).toBeGreaterThan(5_000_000);
    open();
    const answers = await peer.answered(20_000);
    expect(answers[19_999]).toBe('AA|19999');
    expect(most).toBe(1);
  });

  it('answers AR to a message above the limit, and takes the next', async () => {
    const { port, taken } = await listen({ maxMessageBytes: 1000 });
    const peer = await peerAt(port);
    await peer.write(framed('big', `\rNTE|1||${'x'.repeat(5000)}`), framed('2'));
    expect(await peer.answered(2)).toEqual(['AR|big', 'AA|2']);
    expect(peer.answers[0]).toContain('larger than this feed allows');
    expect(taken).toEqual(['2']);
  });

  it('answers AE, or CE in enhanced mode, when its handler throws, and goes on', async () => {
    let calls = 0;
    const { port } = await listen({
      onMessage: (bytes) => {
        calls += 1;
        return calls < 4 ? Promise.reject(new Error('database down')) : Promise.resolve(accept(bytes).acks);
      },
    });
    const peer = await peerAt(port);
    await peer.write(framed('1'), framed('2', '|||AL|AL'), '\x0bgarbage\x1c\r', framed('4'));
    expect(await peer.answered(4)).toEqual(['AE|1', 'CE|2', 'AE|', 'AA|4']);
    expect(peer.answers[2]).toMatch(/\rMSA\|AE/u);
    expect(peer.answers.join('')).not.toContain('database');
  });

  it('forgets a message that was cut off, and the peer that was reset, and serves the others', async () => {
    const { port, taken } = await listen();
    const [cut, reset, other] = [await peerAt(port), await peerAt(port), await peerAt(port)];
    await cut.write(framed('cut').slice(0, 40));
    cut.socket.end();
    await cut.closed;
    await reset.write(framed('reset').slice(0, 40));
    reset.socket.resetAndDestroy();
    await other.write(framed('ok'));
    expect(await other.answered(1)).toEqual(['AA|ok']);
    expect(taken).toEqual(['ok']);
  });

  it('survives a peer that goes away while its message is in hand', async () => {
    const { open, opened } = gate();
    const started = gate();
    const { port } = await listen({
      onMessage: async (bytes) => {
        const { id, acks } = accept(bytes);
        if (id === 'slow') {
          started.open();
          await opened;
        }
        return acks;
      },
    });
    const gone = await peerAt(port);
    await gone.write(framed('slow'));
    await started.opened;
    gone.socket.resetAndDestroy();
    open();
    const other = await peerAt(port);
    await other.write(framed('ok'));
    expect(await other.answered(1)).toEqual(['AA|ok']);
  });

  it('closes a connection on which nothing comes, but never one whose message is in hand', async () => {
    const { open, opened } = gate();
    const { port } = await listen({
      idleSeconds: 0.2,
      onMessage: async (bytes) => {
        await opened;
        return accept(bytes).acks;
      },
    });
    const [silent, busy] = [await peerAt(port), await peerAt(port)];
    await busy.write(framed('1'));
    await silent.closed;
    await pause(300);
    open();
    expect(await busy.answered(1)).toEqual(['AA|1']);
    await busy.closed;
  });

  it('closes a connection whose message trickles for ever', async () => {
    const { port, taken } = await listen({ idleSeconds: 0.3 });
    const peer = await peerAt(port);
    await peer.write('\x0bMSH');
    while (peer.socket.writable) {
      peer.socket.write('|');
      await pause(20);
    }
    await peer.closed;
    expect(taken).toEqual([]);
  });

  it('closes a connection that speaks another protocol at length', async () => {
    const { port } = await listen({ maxMessageBytes: 1000 });
    const peer = await peerAt(port);
    peer.socket.write('GET / HTTP/1.1\r\n'.repeat(200));
    await peer.closed;
    expect(peer.answers).toEqual([]);
  });

  it('finishes the message in hand before it closes, and acknowledges nothing it has not begun', async () => {
    const { open, opened } = gate();
    const started = gate();
    const seen: string[] = [];
    const { listener, port } = await listen({
      onMessage: async (bytes) => {
        const { id, acks } = accept(bytes);
        seen.push(id);
        started.open();
        await opened;
        return acks;
      },
    });
    const peer = await peerAt(port);
    const idle = await peerAt(port);
    await peer.write(framed('1') + framed('2'));
    await started.opened;
    const closed = listener.close();
    await idle.closed;
    open();
    await closed;
    await peer.closed;
    expect(peer.acknowledged).toEqual(['AA|1']);
    expect(seen).toEqual(['1']);
    await expect(RawPeer.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says so when its port is taken', async () => {
    const { port } = await listen();
    const second = new MllpListener({
      host: '127.0.0.1',
      port,
      allowedPeers: [],
      onMessage: () => Promise.resolve([]),
      log: silentLog,
    });
    await expect(second.listen()).rejects.toMatchObject({ code: 'hl7.listen-failed' });
  });
});

describe('who may connect', () => {
  it('reads no byte of a peer that is not on the list', async () => {
    const { port, taken } = await listen({ allowedPeers: ['10.1.2.3', 'fd00::/8'] });
    const peer = await peerAt(port);
    peer.socket.write(framed('1'));
    await peer.closed;
    expect(peer.answers).toEqual([]);
    expect(taken).toEqual([]);
  });

  it('does not open beyond loopback without a list', () => {
    const options = {
      host: '0.0.0.0',
      port: 0,
      allowedPeers: [],
      onMessage: () => Promise.resolve([]),
      log: silentLog,
    };
    expect(() => new MllpListener(options)).toThrow(
      expect.objectContaining({ code: 'hl7.allow-list-required' }),
    );
  });

  const authority = certificateAuthority('Test Authority');
  const server = authority.issue('prelector');
  const order = orderMessage({
    form: 'ORM^O01',
    controlId: 'TLS-1',
    now,
    identity: { studyInstanceUid: '1.2.3' },
  });

  it('speaks TLS', async () => {
    const { port, peers } = await listen({ tls: server });
    const tls = { ca: authority.cert };
    const answer = readAck(await sendMessage({ host: '127.0.0.1', port, tls, timeoutSeconds: 20 }, order));
    expect(answer).toEqual({ ok: true, value: { code: 'AA', controlId: 'TLS-1', text: '' } });
    expect(peers[0]?.tlsSubject).toBeUndefined();
    await expect(
      sendMessage({ host: '127.0.0.1', port, tls: {}, timeoutSeconds: 20 }, order),
    ).rejects.toMatchObject({ code: 'hl7.connect-failed' });
  });

  it('speaks mutual TLS: names the peer by its certificate and takes no other', async () => {
    const { port, peers, taken } = await listen({
      tls: { ...server, ca: authority.cert, requestClientCertificate: true },
    });
    const send = (tls: { cert?: string; key?: string }) =>
      sendMessage(
        { host: '127.0.0.1', port, tls: { ca: authority.cert, ...tls }, timeoutSeconds: 20 },
        order,
      );
    await expect(send({})).rejects.toThrow(/connection/u);
    await expect(send(certificateAuthority('Other').issue('ris'))).rejects.toThrow(/connection/u);
    expect(taken).toEqual([]);
    expect(readAck(await send(authority.issue('ris'))).ok).toBe(true);
    expect(peers.map((peer) => peer.tlsSubject)).toEqual(['CN=ris']);
  });

  it('lets no plain peer in where it speaks TLS, and serves the others', async () => {
    const { port, taken } = await listen({ tls: server });
    const plain = await peerAt(port);
    plain.socket.write(framed('1'));
    await plain.closed;
    expect(taken).toEqual([]);
    const answer = await sendMessage(
      { host: '127.0.0.1', port, tls: { ca: authority.cert }, timeoutSeconds: 20 },
      order,
    );
    expect(readAck(answer).ok).toBe(true);
  });
});

describe('sendMessage', () => {
  const order = orderMessage({
    form: 'OMI^O23',
    controlId: 'S-1',
    now,
    identity: { studyInstanceUid: '1.2.3' },
  });

  async function serverThat(does: (socket: import('node:net').Socket) => void): Promise<number> {
    const server = createServer(does).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('says that nothing was sent when no one listens', async () => {
    const { listener, port } = await listen();
    await listener.close();
    await expect(sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 5 }, order)).rejects.toMatchObject({
      code: 'hl7.connect-failed',
      recovery: 'transient',
    });
  });

  it('says that the message may have been taken when the answer stays away or the connection ends', async () => {
    const silent = await serverThat((socket) => {
      cleanups.push(() => void socket.destroy());
    });
    await expect(
      sendMessage({ host: '127.0.0.1', port: silent, timeoutSeconds: 0.2 }, order),
    ).rejects.toMatchObject({ code: 'hl7.timeout', recovery: 'ambiguous' });
    const ending = await serverThat((socket) => void socket.once('data', () => socket.end('\x0bMSH|')));
    await expect(
      sendMessage({ host: '127.0.0.1', port: ending, timeoutSeconds: 5 }, order),
    ).rejects.toMatchObject({ code: 'hl7.connection-lost', recovery: 'ambiguous' });
  });

  it('takes an answer in pieces', async () => {
    const port = await serverThat((socket) => {
      socket.once('data', () => {
        const answer = Buffer.from(frameMllp(Buffer.from('MSH|^~\\&|\rMSA|AA|S-1\r')));
        socket.write(answer.subarray(0, 9));
        setTimeout(() => socket.write(answer.subarray(9)), 20);
      });
    });
    const answer = readAck(await sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 5 }, order));
    expect(answer).toMatchObject({ ok: true, value: { code: 'AA', controlId: 'S-1' } });
  });
});

describe('the client of node-hl7-client as the other side', () => {
  it('is answered message by message over one connection', async () => {
    const { port, taken } = await listen();
    const client = new Client({ host: '127.0.0.1', version: '2.3.1' });
    const answers: string[] = [];
    const all = gate();
    const connection = client.createConnection(
      { host: '127.0.0.1', port, version: '2.3.1', waitAck: false },
      (response) => {
        const reply = response.getMessage();
        answers.push(`${reply.get('MSA.1').toString()} ${reply.get('MSA.2').toString()}`);
        if (answers.length === 5) all.open();
        else void next();
      },
    );
    cleanups.push(() => connection.close());
    const ids = ['1', '2', '3', '4', '5'].map((id) => `CLIENT-${id}`);
    const queue = [...ids];
    const next = async (): Promise<void> => {
      const id = queue.shift();
      if (id !== undefined)
        await connection.sendMessage(new Message({ text: message(id, '\rPID|1||P1||Müller') }));
    };
    await once(connection, 'connect');
    await next();
    await all.opened;
    expect(taken).toEqual(ids);
    expect(answers).toEqual(ids.map((id) => `AA ${id}`));
  });
});

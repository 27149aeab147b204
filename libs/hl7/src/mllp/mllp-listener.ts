import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { type Clock, limits, type Log, type PeerList, systemClock } from '@prelector/kernel';
import { hl7Error, hl7Errors } from '../errors.js';
import {
  acknowledgementsFor,
  acknowledgementsForUnreadable,
  type AckIssuer,
  type MessageOutcome,
} from '../message/acknowledgements-for.js';
import { parseMessage } from '../message/message.js';
import { MllpConnection, type Peer } from './mllp-connection.js';
import { PeerCounts } from './peer-counts.js';
import { peerList } from './peer-list.js';
import { tlsWords } from './tls-words.js';
import { UnfinishedFrames } from './unfinished-frames.js';

/** Keys and certificates in PEM. */
export interface ListenerTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** Who may sign client certificates. */
  readonly ca?: string | Uint8Array;
  /** Mutual TLS: peers without a certificate that verifies are turned away. */
  readonly requestClientCertificate?: boolean;
}

/** A connection that was turned away, or brought no message that could be taken. */
export interface TurnedAwayPeer {
  /** Its address; undefined where it was gone before that could be read. */
  readonly peer: string | undefined;
  /** In words, of which there are few. */
  readonly reason: string;
}

export interface MllpListenerOptions {
  readonly host: string;
  /** 0 takes a free one, which `listen` returns. */
  readonly port: number;
  readonly tls?: ListenerTls;
  /** Exact addresses or CIDR ranges; required unless `host` is loopback. */
  readonly allowedPeers: readonly string[];
  readonly maxMessageBytes?: number;
  readonly maxConnections?: number;
  /** Of one address. */
  readonly maxConnectionsPerPeer?: number;
  /**
   * Memory for frames that have begun and not ended, over all connections; when it runs out, connections of the
   * peer that holds most are closed. Never less than two messages take.
   */
  readonly maxUnfinishedBytes?: number;
  readonly idleSeconds?: number;
  /** How long one frame may take to come. */
  readonly frameSeconds?: number;
  /**
   * Takes one message; called strictly in order within a connection. Returns the acknowledgements to write, in
   * order. When it throws, the sender gets AE (CE in enhanced mode) and may send again.
   */
  readonly onMessage: (bytes: Uint8Array, peer: Peer) => Promise<Uint8Array[]>;
  /** Takes the beginning of a message that is larger than `maxMessageBytes`; returns what refuses it. */
  readonly onTooLarge?: (head: Uint8Array) => Promise<Uint8Array[]>;
  /** Who answers where `onMessage` cannot. */
  readonly own?: { readonly application: string; readonly facility: string };
  readonly clock?: Clock;
  /** Told of each connection that is turned away before a byte of a message is read. */
  readonly onTurnedAway?: (turned: TurnedAwayPeer) => void;
  readonly log: Log;
}

/**
 * Listens for HL7 v2 over MLLP, in the clear or over TLS 1.2 and later (IHE ITI ATNA for mutual TLS). Peers
 * outside the allow-list are dropped before a byte is read.
 *
 * @throws PrelectorError `hl7.allow-list-required`, `hl7.allow-list-invalid`
 */
export class MllpListener {
  readonly #options: MllpListenerOptions;
  readonly #peers: PeerList;
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #counts: PeerCounts;
  readonly #unfinished: UnfinishedFrames;
  readonly #connections = new Map<MllpConnection, Promise<void>>();

  constructor(options: MllpListenerOptions) {
    this.#options = options;
    this.#peers = peerList(options.host, options.allowedPeers);
    this.#counts = new PeerCounts(options.maxConnectionsPerPeer ?? limits.hl7ConnectionsPerPeer);
    this.#unfinished = new UnfinishedFrames(
      Math.max(options.maxUnfinishedBytes ?? limits.hl7UnfinishedBytes, 2 * this.#maxMessageBytes),
    );
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = options.maxConnections ?? limits.hl7ConnectionsPerFeed;
    this.#server.on('drop', (dropped) => {
      options.log.warn('too many connections, one turned away');
      this.#turnAway(dropped?.remoteAddress, 'the feed has as many connections as it may');
    });
    this.#tls = options.tls ? this.#tlsServer(options.tls) : undefined;
  }

  /**
   * Opens the port.
   *
   * @throws PrelectorError `hl7.listen-failed`
   */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        reject(hl7Error('hl7.listen-failed', `${host}:${port} ${error.code ?? ''}`.trim(), { cause: error }));
      };
      this.#server.once('error', onError);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', onError);
        this.#server.on('error', (error) =>
          this.#options.log.error('listener fault', { reason: error.name }),
        );
        resolve();
      });
    });
    return { host, port: (this.#server.address() as AddressInfo).port };
  }

  /**
   * Stops accepting, finishes the messages in hand and writes their acknowledgements, then closes. What was
   * received and not yet begun is not acknowledged: its sender sends it again.
   */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections.keys()) connection.close();
    await Promise.all(this.#connections.values());
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (!this.#peers.allows(address)) {
      this.#options.log.warn('peer not on the allow-list, turned away', { peer: address });
      this.#turnAway(address, 'its address is not among allowedPeers');
      socket.destroy();
      return;
    }
    if (!this.#counts.enter(address)) {
      this.#options.log.warn('too many connections of one peer, one turned away', { peer: address });
      this.#turnAway(address, 'its address has as many connections as it may');
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#counts.leave(address);
    });
    if (this.#tls) {
      socket.on('error', () => undefined);
      this.#tls.emit('connection', socket);
    } else this.#serve(socket, {});
  }

  #tlsServer(tls: ListenerTls): TlsServer {
    const server = createTlsServer({
      cert: asPem(tls.cert),
      key: asPem(tls.key),
      ...(tls.ca === undefined ? {} : { ca: asPem(tls.ca) }),
      requestCert: tls.requestClientCertificate ?? false,
      rejectUnauthorized: tls.requestClientCertificate ?? false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: 20_000,
    });
    server.on('secureConnection', (socket) => {
      const tlsSubject = subjectOf(socket);
      this.#serve(socket, tlsSubject === undefined ? {} : { tlsSubject });
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const reason = whyRefused(error, socket);
      this.#options.log.warn('TLS handshake failed', { reason });
      this.#turnAway(socket.remoteAddress, `TLS: ${reason}`);
      socket.destroy();
    });
    return server;
  }

  #turnAway(peer: string | undefined, reason: string): void {
    this.#options.onTurnedAway?.({ peer: peer || undefined, reason });
  }

  #serve(socket: Socket, extra: { readonly tlsSubject?: string }): void {
    const peer: Peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, ...extra };
    const connection = new MllpConnection(socket, peer, {
      maxMessageBytes: this.#maxMessageBytes,
      idleSeconds: this.#options.idleSeconds ?? limits.hl7IdleSeconds,
      frameSeconds: this.#options.frameSeconds ?? limits.hl7FrameSeconds,
      unfinished: this.#unfinished,
      onMessage: this.#options.onMessage,
      onTooLarge: this.#options.onTooLarge,
      answerTo: (bytes, why) => this.#answerTo(bytes, why),
      onNotUnderstood: (reason) => this.#turnAway(peer.address, reason),
      log: this.#options.log.child({ peer: `${peer.address}:${peer.port}` }),
    });
    const served = connection.serve().finally(() => this.#connections.delete(connection));
    this.#connections.set(connection, served);
  }

  get #maxMessageBytes(): number {
    return this.#options.maxMessageBytes ?? limits.hl7MessageBytes;
  }

  #answerTo(bytes: Uint8Array, why: 'fault' | 'too-large'): Uint8Array[] {
    const outcome: MessageOutcome =
      why === 'fault'
        ? { kind: 'fault', text: hl7Errors['hl7.fault'].meaning, errorCode: '207' }
        : { kind: 'refused', text: hl7Errors['hl7.message-too-large'].meaning, errorCode: '207' };
    const own: AckIssuer = {
      application: this.#options.own?.application ?? 'PRELECTOR',
      facility: this.#options.own?.facility ?? '',
      nextControlId: () => randomUUID().replaceAll('-', '').slice(0, 20),
      now: (this.#options.clock ?? systemClock).now(),
    };
    const parsed = why === 'fault' ? parseMessage(bytes) : undefined;
    return parsed?.ok
      ? acknowledgementsFor(parsed.value, outcome, own)
      : acknowledgementsForUnreadable(bytes, outcome, own);
  }
}

function asPem(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem);
}

/** A certificate that does not verify ends the connection, which alone would say less than what is wrong with it. */
function whyRefused(error: NodeJS.ErrnoException, socket: TLSSocket): string {
  // Node types it as an error, and gives the code of OpenSSL.
  const verification = socket.authorizationError as unknown;
  if (typeof verification === 'string') return tlsWords(verification, true);
  return tlsWords(error.code ?? error.name, false);
}

function subjectOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerX509Certificate()?.subject;
  return subject?.replaceAll('\n', ', ');
}

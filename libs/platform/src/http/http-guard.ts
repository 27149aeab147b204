import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log } from '@prelector/kernel';
import { isLoopback, peerList, plainAddress } from '@prelector/kernel';
import { platformError } from '../errors.js';

/** Who may connect to an HTTP server of ours, and by which names it may be asked for. */
export interface HttpGuardOptions {
  /** The address or name it is bound to. */
  readonly host: string;
  /** Addresses or CIDR ranges besides this machine. */
  readonly allowedPeers: readonly string[];
  /** Names of the server besides `host`, loopback and the address that a peer has connected to. */
  readonly names: readonly string[];
  readonly log: Log;
}

/**
 * Turns away, before anything is read from it, every connection that comes neither from this machine nor
 * from an allowed peer.
 * @throws config.invalid for an entry that is no address and no range
 */
export function guardPeers(server: Server, { allowedPeers, log }: HttpGuardOptions): void {
  const list = peerList(allowedPeers);
  if (!list.ok) throw platformError('config.invalid', `http.allowedPeers: ${list.error.slice(0, 60)}`);
  server.on('connection', (socket) => {
    // A socket that is already closed has no address, and is allowed nothing.
    const peer = socket.remoteAddress ?? '';
    if (isLoopback(peer) || list.value.allows(peer)) return;
    log.warn('peer not in http.allowedPeers, turned away', { peer });
    socket.destroy();
  });
}

/**
 * Middleware that answers 421 to a request whose Host header (RFC 9110 7.2) names another server. Without it
 * a web page of anybody's could point a name of its own at this address and read the answers in the browser
 * of somebody who may connect (DNS rebinding).
 */
export function hostGuard({
  host,
  names,
  log,
}: Omit<HttpGuardOptions, 'allowedPeers'>): (
  request: IncomingMessage,
  answer: ServerResponse,
  next: () => void,
) => void {
  const known = new Set([host, ...names].map(plainAddress));
  return (request, answer, next) => {
    const name = nameIn(request.headers.host);
    const { localAddress = '', remoteAddress: peer } = request.socket;
    if (name && (isLoopback(name) || known.has(name) || name === plainAddress(localAddress))) {
      next();
      return;
    }
    log.warn('request for another host refused; its name is not in http.names', { peer });
    const { code, message } = platformError('http.host-refused');
    answer.writeHead(421, { 'content-type': 'application/json', connection: 'close' });
    answer.end(JSON.stringify({ code, message }));
  };
}

const HOST = /^(\[[0-9a-f:.]+\]|[0-9a-z_.-]+)(:\d{1,5})?$/iu;

function nameIn(header: string | undefined): string | undefined {
  const name = HOST.exec(header ?? '')?.[1];
  return name && plainAddress(name.replace(/\.$/u, ''));
}

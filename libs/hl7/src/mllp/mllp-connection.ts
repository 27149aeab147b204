import type { Socket } from 'node:net';
import { asPrelectorError, type Log } from '@prelector/kernel';
import { foreignProtocol, protocolHeadBytes, unknownProtocol } from './foreign-protocol.js';
import { frameMllp, type MllpEvent, MllpFramer } from './mllp-framer.js';
import type { FrameHolder, UnfinishedFrames } from './unfinished-frames.js';

/** Who is on the other side. `tlsSubject` is the subject of a verified client certificate. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  readonly tlsSubject?: string;
}

export interface MllpConnectionOptions {
  readonly maxMessageBytes: number;
  /** How long nothing may come. */
  readonly idleSeconds: number;
  /** How long one frame may take to come. */
  readonly frameSeconds: number;
  /** The memory that all connections of the listener share for what has not come to its end. */
  readonly unfinished: UnfinishedFrames;
  readonly onMessage: (bytes: Uint8Array, peer: Peer) => Promise<Uint8Array[]>;
  /** Takes the beginning of a message that is too large, so that its refusal is kept. */
  readonly onTooLarge?: ((head: Uint8Array) => Promise<Uint8Array[]>) | undefined;
  /** The answer to a message that `onMessage` could not take, or that is too large to be given to it. */
  readonly answerTo: (bytes: Uint8Array, why: 'fault' | 'too-large') => Uint8Array[];
  /** Called when nothing can be made of what the peer sends, with what it is and what to do. */
  readonly onNotUnderstood: (reason: string) => void;
  readonly log: Log;
}

const cutOffWords =
  'it ended the connection in the middle of a message, which it has to send again: look at the sender, and at what stands between (proxy, firewall)';
const slowWords =
  'a message took too long to come to its end (FS CR): look whether the sender writes that, and at the network';
const hoardWords = 'its unfinished messages held too much memory: have it end each message by FS CR';

/** How long a frame may lack only its CR before it counts as complete. */
const SETTLE_MS = 500;
/** How long a peer may take to take our FIN. */
const GOODBYE_MS = 2000;

/**
 * One MLLP connection: reads frames, hands them over strictly one after the other, and writes the
 * acknowledgements before it takes the next. Nothing is read while a message is in hand, so a fast sender is
 * held back by TCP and not by our memory.
 */
export class MllpConnection {
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #options: MllpConnectionOptions;
  readonly #framer: MllpFramer;
  #handling = false;
  #closing = false;
  #strayBytes = 0;
  /** The beginning of what came outside any frame, as long as no frame has come. */
  #strayHead = Buffer.alloc(0);
  #hasFramed = false;
  #isToldOf = false;
  #frameTimer: NodeJS.Timeout | undefined;
  readonly #holder: FrameHolder;
  #settleTimer: NodeJS.Timeout | undefined;
  #settled: Promise<void> = Promise.resolve();

  constructor(socket: Socket, peer: Peer, options: MllpConnectionOptions) {
    this.#socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#framer = new MllpFramer({ maxBytes: options.maxMessageBytes });
    this.#holder = {
      address: peer.address,
      drop: () => this.#giveUp('unfinished messages hold too much memory, closing', hoardWords),
    };
  }

  /** Serves the connection until it ends; never rejects. */
  async serve(): Promise<void> {
    const socket = this.#socket;
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
    this.#armIdle();
    socket.on('timeout', () => this.#onIdle());
    // The iterator below reports errors while it is open; later ones have no one left to tell.
    socket.on('error', () => undefined);
    try {
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        clearTimeout(this.#settleTimer);
        await this.#settled;
        await this.#take(this.#framer.push(chunk as Buffer));
        if (this.#closing) break;
        this.#armSettle();
      }
      await this.#settled;
      if (!this.#closing) await this.#handleAll(this.#framer.end());
      this.#tellUnframed();
    } catch (thrown) {
      this.#onLost(thrown);
    } finally {
      clearTimeout(this.#settleTimer);
      clearTimeout(this.#frameTimer);
      this.#options.unfinished.hold(this.#holder, 0);
      this.#sayGoodbye();
    }
  }

  /** Finishes the message in hand, if there is one, and closes. */
  close(): void {
    this.#closing = true;
    if (!this.#handling) this.#socket.destroy();
  }

  /** The memory of a frame that has just begun is counted before the messages ahead of it are handled. */
  async #take(events: readonly MllpEvent[]): Promise<void> {
    const { isInFrame, heldBytes } = this.#framer;
    const hasEnded = events.some(({ kind }) => kind === 'message' || kind === 'oversize');
    if (hasEnded || !isInFrame) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    }
    this.#options.unfinished.hold(this.#holder, heldBytes);
    await this.#handleAll(events);
    // Nothing is read while messages are handled, which is no fault of the sender.
    if (isInFrame && !this.#closing) this.#armFrame();
  }

  async #handleAll(events: readonly MllpEvent[]): Promise<void> {
    for (const event of events) {
      if (this.#closing) return;
      await this.#handle(event);
    }
  }

  async #handle(event: MllpEvent): Promise<void> {
    this.#hasFramed ||= event.kind !== 'stray';
    switch (event.kind) {
      case 'message':
        return this.#answer(event.bytes);
      case 'oversize':
        this.#options.log.warn('message too large, refused', {
          code: 'hl7.message-too-large',
          bytes: event.bytesSeen,
        });
        return this.#write(await this.#refusal(event.head));
      case 'cut-off':
        this.#options.log.warn('connection ended inside a message', { bytes: event.bytesSeen });
        return this.#tell(cutOffWords);
      case 'stray':
        return this.#countStray(event.bytes, event.head);
    }
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    this.#handling = true;
    try {
      await this.#write(await this.#acknowledgements(bytes));
    } finally {
      this.#handling = false;
      this.#armIdle();
    }
  }

  async #acknowledgements(bytes: Uint8Array): Promise<Uint8Array[]> {
    try {
      return await this.#options.onMessage(bytes, this.#peer);
    } catch (thrown) {
      const { code } = asPrelectorError(thrown);
      this.#options.log.error('a message could not be handled', { code });
      return this.#options.answerTo(bytes, 'fault');
    }
  }

  async #refusal(head: Uint8Array): Promise<Uint8Array[]> {
    const { onTooLarge, answerTo, log } = this.#options;
    if (!onTooLarge) return answerTo(head, 'too-large');
    return onTooLarge(head).catch((thrown: unknown) => {
      log.error('the refusal of a message could not be kept', { code: asPrelectorError(thrown).code });
      return answerTo(head, 'too-large');
    });
  }

  async #write(messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => this.#socket.destroy(), this.#options.idleSeconds * 1000);
        this.#socket.write(frameMllp(message), (error) => {
          clearTimeout(timer);
          if (error) reject(error);
          else resolve();
        });
      });
    }
  }

  /** A peer that never frames anything speaks another protocol: it is not listened to for ever. */
  #countStray(bytes: number, head: Uint8Array): void {
    this.#strayBytes += bytes;
    if (this.#strayBytes === bytes) this.#options.log.debug('bytes outside any frame', { bytes });
    if (!this.#hasFramed) this.#judgeStray(head);
    if (this.#closing || this.#strayBytes <= this.#options.maxMessageBytes) return;
    this.#options.log.warn('too many bytes outside any frame, closing', { bytes: this.#strayBytes });
    this.#tellUnframed();
    this.#closing = true;
  }

  #judgeStray(head: Uint8Array): void {
    const known = Buffer.concat([this.#strayHead, head]);
    this.#strayHead = known.subarray(0, protocolHeadBytes);
    const foreign = foreignProtocol(this.#strayHead);
    if (!foreign) return;
    this.#tell(foreign.reason);
    if (!foreign.isHopeless) return;
    this.#options.log.warn('another protocol, closing', { reason: foreign.reason });
    this.#closing = true;
  }

  /** What is said at its end of a peer that framed nothing, where it was not known before. */
  #tellUnframed(): void {
    const isBlank = this.#strayHead.toString('latin1').trim() === '';
    if (!this.#hasFramed && !this.#framer.isInFrame && !isBlank) this.#tell(unknownProtocol);
  }

  /** Once for each connection: whoever sends without frames does so in many pieces. */
  #tell(reason: string): void {
    if (this.#isToldOf) return;
    this.#isToldOf = true;
    this.#options.onNotUnderstood(reason);
  }

  #armFrame(): void {
    this.#frameTimer ??= setTimeout(
      () => this.#giveUp('a message took too long to come, closing', slowWords),
      Math.min(this.#options.frameSeconds, this.#options.idleSeconds) * 1000,
    );
  }

  #giveUp(why: string, told: string): void {
    this.#options.log.warn(why, { bytes: this.#framer.heldBytes });
    this.#tell(told);
    this.close();
  }

  #armSettle(): void {
    if (!this.#framer.awaitsCr) return;
    this.#settleTimer = setTimeout(() => {
      this.#settled = this.#take(this.#framer.settle()).catch((thrown: unknown) => this.#onLost(thrown));
    }, SETTLE_MS);
  }

  #armIdle(): void {
    this.#socket.setTimeout(this.#options.idleSeconds * 1000);
  }

  #onIdle(): void {
    if (this.#handling) return;
    this.#options.log.debug('idle connection closed');
    this.#tellUnframed();
    this.close();
  }

  #onLost(thrown: unknown): void {
    if (this.#closing) return;
    if (this.#framer.isInFrame && !this.#framer.awaitsCr) this.#tell(cutOffWords);
    this.#tellUnframed();
    const reason = thrown instanceof Error && 'code' in thrown ? thrown.code : 'unknown';
    this.#options.log.info('connection lost', { reason });
  }

  #sayGoodbye(): void {
    if (this.#socket.destroyed) return;
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    // What still comes is not read as a message, but must be taken for the peer's FIN to be seen.
    this.#socket.resume();
  }
}

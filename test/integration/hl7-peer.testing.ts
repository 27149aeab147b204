import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/**
 * A sender on a raw socket. It finds the answers by splitting text at `FS CR`, not with the framer under
 * test.
 */
export class RawPeer {
  #received = '';
  readonly #waiting = new Set<() => void>();
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      for (const wake of this.#waiting) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const wake of this.#waiting) wake();
        resolve();
      });
    });
  }

  static async open(port: number): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port });
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    return peer;
  }

  /** Every complete answer so far, without its frame. */
  get answers(): string[] {
    return this.#received
      .split('\x1c\r')
      .slice(0, -1)
      .map((frame) => frame.slice(frame.startsWith('\x0b') ? 1 : 0));
  }

  /** MSA-1 and MSA-2 of every answer so far. */
  get acknowledged(): string[] {
    return this.answers.map(
      (answer) => /\rMSA\|(?<said>[A-Z]{2}\|[^|\r]*)/u.exec(answer)?.groups?.['said'] ?? '?',
    );
  }

  /** Writes each piece by itself, giving the other side a turn to read in between. */
  async write(...pieces: (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces) {
      this.socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      await turn();
    }
  }

  /** Waits until so many answers have come; rejects when the connection ends before. */
  async answered(count: number): Promise<string[]> {
    while (this.answers.length < count) {
      if (this.socket.destroyed) throw new Error(`closed after ${this.answers.length} of ${count} answers`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
    return this.acknowledged;
  }
}

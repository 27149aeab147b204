import { simulatorError } from '../errors.js';

/** Reads a stream up to a sequence of bytes, keeping no more of it than the last chunk. */
export class DelimitedReader {
  #buffer: Buffer;
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>, before = '') {
    this.#source = source[Symbol.asyncIterator]();
    this.#buffer = Buffer.from(before);
  }

  /** What stands before the next `delimiter`, which is consumed. Throws `simulator.multipart-broken`. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + delimiter.length);
        return;
      }
      const sure = this.#buffer.length - delimiter.length + 1;
      if (sure > 0) {
        yield this.#buffer.subarray(0, sure);
        this.#buffer = this.#buffer.subarray(sure);
      }
      await this.#more();
    }
  }

  /** As text, at most `limit` bytes. */
  async textUntil(delimiter: string, limit: number): Promise<string> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of this.until(Buffer.from(delimiter))) {
      bytes += piece.length;
      if (bytes > limit) throw simulatorError('simulator.multipart-broken', 'a header is too long');
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('latin1');
  }

  /** The next `count` bytes, without consuming them. */
  async peek(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#more();
    return this.#buffer.subarray(0, count);
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw simulatorError('simulator.multipart-broken', 'the body ends early');
    this.#buffer = Buffer.concat([this.#buffer, next.value]);
  }
}

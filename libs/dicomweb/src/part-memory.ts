/** Room for the delimiter, the next header and a socket read behind the content. */
const SLACK = 128 * 1024;
/** Buffers kept for the next part; more would be memory that nobody uses. */
const KEPT = 2;
const KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Where the memory of body parts comes from. Without reuse each part has its own and keeps it. With reuse a
 * part's memory serves the part after next: a third less work for the garbage collector on a CT series.
 */
export class PartMemory {
  readonly #reuse: boolean;
  readonly #free: Buffer[] = [];

  constructor(reuse = false) {
    this.#reuse = reuse;
  }

  /** A buffer of at least `size` bytes and some room behind them, contents undefined. */
  take(size: number): Buffer {
    const needed = size + SLACK;
    const fitting = this.#free.findIndex((buffer) => buffer.length >= needed);
    // Not from Node's pool: the bytes outlive the reader as somebody's image.
    return fitting < 0 ? Buffer.allocUnsafeSlow(needed) : (this.#free.splice(fitting, 1)[0] as Buffer);
  }

  /** Says that the consumer has done with a part. */
  giveBack(bytes: Uint8Array): void {
    if (!this.#reuse || this.#free.length >= KEPT || bytes.buffer.byteLength > KEPT_BYTES) return;
    // Detached when somebody transferred it to a worker: then it is theirs.
    if (bytes.buffer.byteLength > 0) this.#free.push(Buffer.from(bytes.buffer));
  }
}

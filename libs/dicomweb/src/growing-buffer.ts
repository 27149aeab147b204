const SLACK = 64 * 1024;
/** A length that was only announced is believed up to here; beyond, the buffer grows with what comes. */
const BELIEVED = 256 * 1024 * 1024;

/** Bytes appended piece by piece into one allocation, doubled when it is full. */
export class GrowingBuffer {
  #store: Buffer;
  #length = 0;

  /** `expected` is a hint of the final length in bytes. */
  constructor(expected: number) {
    // Not from the pool: the bytes outlive the reader as somebody's image.
    this.#store = Buffer.allocUnsafeSlow(Math.min(expected, BELIEVED) + SLACK);
  }

  get length(): number {
    return this.#length;
  }

  /** What has been appended so far; valid until the next `append`. */
  get view(): Buffer {
    return this.#store.subarray(0, this.#length);
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#store.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#store.length * 2));
      this.#store.copy(larger, 0, 0, this.#length);
      this.#store = larger;
    }
    this.#store.set(piece, this.#length);
    this.#length = needed;
  }
}

import type { PartMemory } from './part-memory.js';

/** A length that was only announced is believed up to here; beyond, memory grows with what really comes. */
const BELIEVED = 256 * 1024 * 1024;

/** Bytes appended piece by piece into one allocation, which is doubled when it is full. */
export class GrowingBuffer {
  readonly #memory: PartMemory;
  #store: Buffer;
  #length = 0;

  /** `expected` is a hint of the final length in bytes. */
  constructor(memory: PartMemory, expected: number) {
    this.#memory = memory;
    this.#store = memory.take(Math.min(expected, BELIEVED));
  }

  get length(): number {
    return this.#length;
  }

  /** What has been appended so far; valid until the next `append` or `reserve`. */
  get view(): Buffer {
    return this.#store.subarray(0, this.#length);
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#store.length) this.#move(Math.max(needed, this.#store.length * 2));
    this.#store.set(piece, this.#length);
    this.#length = needed;
  }

  /** Forgets the first bytes: whoever has used them needs them no more. */
  drop(bytes: number): void {
    this.#store.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
  }

  /** Makes room for what is announced. */
  reserve(expected: number): void {
    const believed = Math.min(expected, BELIEVED);
    if (believed > this.#store.length) this.#move(believed);
  }

  #move(size: number): void {
    const larger = this.#memory.take(size);
    this.#store.copy(larger, 0, 0, this.#length);
    this.#store = larger;
  }
}

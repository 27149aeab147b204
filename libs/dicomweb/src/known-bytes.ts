import { GrowingBuffer } from './growing-buffer.js';
import { PartMemory } from './part-memory.js';

/**
 * Compares a content with bytes that its reader has already, while it comes: what is the same is not kept. Only from
 * the first difference on it needs memory of its own.
 */
export class KnownBytes {
  readonly #known: Uint8Array;
  readonly #memory = new PartMemory();
  #same = 0;
  #own: GrowingBuffer | undefined;

  constructor(known: Uint8Array) {
    this.#known = known;
  }

  /** Takes the next piece; it may be used again afterwards. */
  take(piece: Uint8Array): void {
    const end = this.#same + piece.length;
    if (!this.#own && Buffer.compare(this.#known.subarray(this.#same, end), piece) === 0) {
      this.#same = end;
      return;
    }
    this.#own ??= this.#begun();
    this.#own.append(piece);
  }

  /** The whole content, the known array itself where it is the same; then the next one begins. */
  end(): Uint8Array {
    const isWhole = this.#same === this.#known.length;
    const bytes = this.#own?.view ?? (isWhole ? this.#known : this.#known.subarray(0, this.#same));
    this.#own = undefined;
    this.#same = 0;
    return bytes;
  }

  #begun(): GrowingBuffer {
    const own = new GrowingBuffer(this.#memory, this.#known.length);
    own.append(this.#known.subarray(0, this.#same));
    return own;
  }
}

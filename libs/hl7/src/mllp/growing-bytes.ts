const FIRST_CAPACITY = 256;

/** Bytes that grow at the end: doubling its room, so that a message fed byte by byte still costs linear time. */
export class GrowingBytes {
  #room = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How much memory is held. */
  get room(): number {
    return this.#room.length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, this.#room.length * 2));
      room.set(this.#room.subarray(0, this.#length));
      this.#room = room;
    }
    this.#room.set(bytes, this.#length);
    this.#length = length;
  }

  /** A copy of its own, at most `atMost` bytes from the beginning. */
  copy(atMost = this.#length): Uint8Array {
    return this.#room.slice(0, Math.min(atMost, this.#length));
  }

  /** True for text in UTF-16 or UTF-32: a byte-order mark of theirs, or a NUL beside the first letter. */
  holdsWideCharacters(): boolean {
    const [first, second] = this.#room;
    return (
      this.#length >= 2 &&
      (first === 0 ||
        second === 0 ||
        (first === 0xff && second === 0xfe) ||
        (first === 0xfe && second === 0xff))
    );
  }
}

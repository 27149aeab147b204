import { limits } from '@prelector/kernel';
import { GrowingBytes } from './growing-bytes.js';

const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;

/** How much of an oversize message is kept, so that its header can still be answered. */
const HEAD_BYTES = 4096;

/** How many stray bytes are kept, by which another protocol is known. */
const STRAY_HEAD_BYTES = 16;

/**
 * What came out of a stream of bytes. `stray` bytes stood outside any frame, `head` are the first of them; `cut-off` is a frame that the
 * end of the stream left open; `head` is the beginning of a message that was too large to keep.
 */
export type MllpEvent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'oversize'; readonly bytesSeen: number; readonly head: Uint8Array }
  | { readonly kind: 'stray'; readonly bytes: number; readonly head: Uint8Array }
  | { readonly kind: 'cut-off'; readonly bytesSeen: number };

/**
 * Takes MLLP frames out of a byte stream (HL7 v2 Appendix C: `VT message FS CR`), however TCP cut it. Bytes
 * are never decoded here, because a multi-byte character may be split over two reads. An FS ends a frame
 * when CR follows, or VT (a sender that forgets the CR); any other FS belongs to the message. Each byte is
 * looked at once; at most `maxBytes` of a message are held.
 */
export class MllpFramer {
  readonly #maxBytes: number;
  #body: GrowingBytes | undefined;
  #dropped = 0;
  #isOversize = false;
  #afterFs = false;
  /** The CR that belongs to a frame which `settle` closed early. */
  #owedCr = false;

  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? limits.hl7MessageBytes;
  }

  /** True between the VT of a frame and its end. */
  get isInFrame(): boolean {
    return this.#body !== undefined;
  }

  /** How much memory the open frame holds, in bytes. */
  get heldBytes(): number {
    return this.#body?.room ?? 0;
  }

  /** True when a frame would be complete, had its CR come. */
  get awaitsCr(): boolean {
    return this.#afterFs;
  }

  /** Takes the next bytes of the stream and returns what they complete, in order. */
  push(chunk: Uint8Array): MllpEvent[] {
    const events: MllpEvent[] = [];
    let at = 0;
    while (at < chunk.length) {
      at = this.#body ? this.#inFrame(chunk, at, events) : this.#betweenFrames(chunk, at, events);
    }
    return events;
  }

  /**
   * Closes a frame whose FS was the last byte to come: some senders never write the CR and wait for the
   * answer. To be called after a silence; does nothing in any other state, nor for UTF-16 and UTF-32 text, in
   * which an FS byte can be part of a character.
   */
  settle(): MllpEvent[] {
    if (!this.#afterFs || !this.#body || this.#body.holdsWideCharacters()) return [];
    this.#owedCr = true;
    return [this.#finish()];
  }

  /** The end of the stream: an open frame is cut off, save where only its CR is missing. */
  end(): MllpEvent[] {
    if (!this.#body) return [];
    if (this.#afterFs) return [this.#finish()];
    const bytesSeen = this.#body.length + this.#dropped;
    this.#reset();
    return [{ kind: 'cut-off', bytesSeen }];
  }

  #betweenFrames(chunk: Uint8Array, from: number, events: MllpEvent[]): number {
    let start = from;
    if (this.#owedCr) {
      this.#owedCr = false;
      if (chunk[start] === CR) start += 1;
    }
    const vt = chunk.indexOf(VT, start);
    const end = vt === -1 ? chunk.length : vt;
    if (end > start) {
      const head = chunk.slice(start, Math.min(end, start + STRAY_HEAD_BYTES));
      events.push({ kind: 'stray', bytes: end - start, head });
    }
    if (vt === -1) return chunk.length;
    this.#body = new GrowingBytes();
    return vt + 1;
  }

  #inFrame(chunk: Uint8Array, from: number, events: MllpEvent[]): number {
    if (this.#afterFs) {
      const next = chunk[from];
      if (next === CR || next === VT) {
        events.push(this.#finish());
        return next === CR ? from + 1 : from;
      }
      this.#afterFs = false;
      this.#keep(Uint8Array.of(FS));
    }
    const fs = chunk.indexOf(FS, from);
    this.#keep(chunk.subarray(from, fs === -1 ? chunk.length : fs));
    if (fs === -1) return chunk.length;
    this.#afterFs = true;
    return fs + 1;
  }

  #keep(bytes: Uint8Array): void {
    const body = this.#body as GrowingBytes;
    if (!this.#isOversize && body.length + bytes.length <= this.#maxBytes) {
      body.append(bytes);
      return;
    }
    this.#dropped += bytes.length;
    if (this.#isOversize) return;
    this.#isOversize = true;
    const head = new GrowingBytes();
    head.append(body.copy(HEAD_BYTES));
    head.append(bytes.subarray(0, Math.max(0, HEAD_BYTES - body.length)));
    this.#dropped += body.length - head.length;
    this.#body = head;
  }

  #finish(): MllpEvent {
    const body = this.#body as GrowingBytes;
    const event: MllpEvent = this.#isOversize
      ? { kind: 'oversize', bytesSeen: body.length + this.#dropped, head: body.copy(HEAD_BYTES) }
      : { kind: 'message', bytes: body.copy() };
    this.#reset();
    return event;
  }

  #reset(): void {
    this.#body = undefined;
    this.#dropped = 0;
    this.#isOversize = false;
    this.#afterFs = false;
  }
}

/** Frames one message for MLLP: `VT message FS CR`. */
export function frameMllp(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(bytes.length + 3);
  frame[0] = VT;
  frame.set(bytes, 1);
  frame[bytes.length + 1] = FS;
  frame[bytes.length + 2] = CR;
  return frame;
}

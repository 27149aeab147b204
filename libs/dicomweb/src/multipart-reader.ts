import { limits } from '@prelector/kernel';
import { delimiterAt, type BreakRule, type DelimiterLine } from './delimiter.js';
import { dicomwebError } from './errors.js';
import { GrowingBuffer } from './growing-buffer.js';
import { PartMemory } from './part-memory.js';
import { findHeaderEnd, parsePartHeaders, type PartHeaders } from './part-headers.js';

/** One body part. `bytes` is the part's own memory; its ArrayBuffer may be larger than it. */
export interface MultipartPart {
  readonly headers: PartHeaders;
  readonly bytes: Uint8Array;
}

/** Bounds and tolerances of reading (profile, wado.multipart). */
export interface MultipartOptions {
  readonly delimiter?: 'strict' | 'lenient';
  readonly missingClosing?: 'refuse' | 'when-complete';
  readonly partBytes?: number;
  readonly headerBytes?: number;
  readonly parts?: number;
  /**
   * The content of a part is taken by `settled` and `drop` while it comes, and a part holds what is left of it. A
   * delimiter is then looked for everywhere: a Content-Length that is wrong is noticed too late.
   */
  readonly inPieces?: boolean;
}

/** A line break that may belong to the delimiter behind it. */
const LINE_BREAK = 2;

const PIECE = 64 * 1024;
const PREAMBLE_LIMIT = 64 * 1024;
const FIRST_PART_GUESS = 512 * 1024;
const CONTENT_LENGTH = /^\d{1,15}$/u;
const NO_HEADERS: PartHeaders = new Map();

/**
 * Takes a multipart body (RFC 2046 section 5.1, RFC 2387) apart while it arrives, in chunks of any size. A
 * part's Content-Length is only a hint: a delimiter must stand where it says, else the content is searched.
 * A CRLFCRLF or the boundary's text inside the content does not end it.
 *
 * @throws `dicomweb.cut-off` when the body ends before its closing delimiter, `dicomweb.malformed-answer`
 * when it is no multipart body, `dicomweb.too-large` when a bound is passed
 */
export class MultipartReader {
  readonly #options: Required<MultipartOptions>;
  readonly #memory: PartMemory;
  readonly #candidates: readonly Buffer[];
  #delimiter: Buffer;
  #state: 'preamble' | 'headers' | 'content' | 'epilogue' = 'preamble';
  #buffer: GrowingBuffer;
  /** Where the content of the part begins in the buffer, behind its headers. */
  #contentStart = 0;
  #headers: PartHeaders = NO_HEADERS;
  #breakRule: BreakRule = 'crlf';
  #announced: number | undefined;
  #searchFrom = 0;
  /** Bytes of the content that were dropped. */
  #dropped = 0;
  #lastLength = FIRST_PART_GUESS;
  #count = 0;
  #ready: MultipartPart[] = [];

  constructor(boundary: string, options: MultipartOptions = {}, memory = new PartMemory()) {
    this.#memory = memory;
    this.#buffer = new GrowingBuffer(memory, 0);
    this.#options = {
      delimiter: 'strict',
      missingClosing: 'refuse',
      partBytes: limits.instanceBytes,
      headerBytes: limits.multipartPartHeaderBytes,
      parts: limits.instancesPerStudy,
      inPieces: false,
      ...options,
    };
    // Some senders put single quotes around the parameter that are no part of the boundary.
    const spellings = [boundary, boundary.replace(/^'(.+)'$/u, '$1')];
    this.#candidates = [...new Set(spellings)].map((text) => Buffer.from(`--${text}`, 'latin1'));
    this.#delimiter = this.#candidates[0] as Buffer;
  }

  /** True once the closing delimiter was read; what follows is epilogue and means nothing. */
  get closed(): boolean {
    return this.#state === 'epilogue';
  }

  /** Parts read so far. */
  get count(): number {
    return this.#count;
  }

  /** What has come of the part that is being read; valid until the next bytes are taken. */
  get partial(): Uint8Array {
    return this.#state === 'content' ? this.#content : new Uint8Array(0);
  }

  /** What of the content under way certainly belongs to it; valid until the next bytes are taken. */
  get settled(): Uint8Array {
    return this.partial.subarray(0, Math.max(0, this.#searchFrom - LINE_BREAK));
  }

  /** Forgets what `settled` gave. */
  drop(): void {
    const { length } = this.settled;
    if (length === 0) return;
    this.#buffer.drop(this.#contentStart + length);
    this.#contentStart = 0;
    this.#searchFrom -= length;
    this.#dropped += length;
  }

  /** Takes the next bytes of the body and gives the parts that they complete. */
  push(chunk: Uint8Array): MultipartPart[] {
    return [...this.parts(chunk)];
  }

  /** As `push`, but reads on only when a part is used: each has its own memory, and may be very small. */
  *parts(chunk: Uint8Array): Generator<MultipartPart, void, void> {
    for (let at = 0; at < chunk.length && !this.closed; at += PIECE) {
      this.#buffer.append(chunk.subarray(at, at + PIECE));
      while (this.#step(false)) yield* this.#taken();
      this.#checkBounds();
    }
  }

  /** Says that the body has ended; gives the part that only its end completes. */
  end(): MultipartPart[] {
    while (this.#step(true));
    if (this.#state === 'content' && this.#completeWithoutClosing()) {
      const contentEnd = (this.#announced as number) - this.#dropped;
      this.#emit({ contentEnd, next: this.#content.length, closing: true });
    }
    if (this.#state === 'preamble' && this.#buffer.view.toString('latin1').trim() !== '') {
      throw dicomwebError('dicomweb.malformed-answer', 'no part begins in the multipart body');
    }
    if (this.#state === 'headers' || this.#state === 'content') {
      throw dicomwebError('dicomweb.cut-off', `${this.#count} parts were complete`);
    }
    return this.#taken();
  }

  #taken(): MultipartPart[] {
    const parts = this.#ready;
    this.#ready = [];
    return parts;
  }

  #step(final: boolean): boolean {
    if (this.#state === 'preamble') return this.#readPreamble(final);
    if (this.#state === 'headers') return this.#readHeaders();
    return this.#state === 'content' && this.#readContent(final);
  }

  #readPreamble(final: boolean): boolean {
    const view = this.#buffer.view;
    for (const delimiter of this.#candidates) {
      for (let at = view.indexOf(delimiter); at >= 0; at = view.indexOf(delimiter, at + 1)) {
        const line = delimiterAt(view, at, delimiter, 'any-break', final);
        if (line === 'none' || line === 'more') continue;
        this.#delimiter = delimiter;
        this.#startAfter(line);
        return true;
      }
    }
    return false;
  }

  #readHeaders(): boolean {
    const view = this.#buffer.view;
    const found = findHeaderEnd(view, 0, this.#options.headerBytes);
    if (found === undefined) return false;
    this.#headers = parsePartHeaders(view.subarray(0, found.end));
    const bareLines = found.content > 0 && view[found.content - 2] !== 0x0d;
    const isLenient = this.#options.delimiter === 'lenient';
    this.#breakRule = bareLines
      ? isLenient
        ? 'optional-any'
        : 'any-break'
      : isLenient
        ? 'optional'
        : 'crlf';
    this.#announced = announcedLength(this.#headers);
    if ((this.#announced ?? 0) > this.#options.partBytes) throw partTooLarge(this.#options.partBytes);
    this.#searchFrom = 0;
    this.#dropped = 0;
    this.#contentStart = found.content;
    if (!this.#options.inPieces) this.#buffer.reserve(found.content + (this.#announced ?? this.#lastLength));
    this.#state = 'content';
    return true;
  }

  get #content(): Buffer {
    return this.#buffer.view.subarray(this.#contentStart);
  }

  #readContent(final: boolean): boolean {
    const isAnnounced = this.#announced !== undefined && !this.#options.inPieces;
    const line = isAnnounced ? this.#atAnnounced(this.#announced as number, final) : 'none';
    if (line === 'more') return false;
    const end = line === 'none' ? this.#search(final) : line;
    if (end === undefined) return false;
    this.#emit(end);
    return true;
  }

  /** The delimiter exactly where Content-Length puts it, so that the content need not be searched. */
  #atAnnounced(length: number, final: boolean): DelimiterLine | 'none' | 'more' {
    const view = this.#content;
    if (view.length < length + this.#delimiter.length + 4 && !final) return 'more';
    for (const gap of [2, 1, 0]) {
      const at = length + gap;
      const here = view.subarray(at, at + this.#delimiter.length).equals(this.#delimiter);
      const line = here && delimiterAt(view, at, this.#delimiter, this.#breakRule, final);
      if (line === 'more') return 'more';
      if (line && line !== 'none' && line.contentEnd <= length) return { ...line, contentEnd: length };
    }
    this.#announced = undefined;
    return 'none';
  }

  #search(final: boolean): DelimiterLine | undefined {
    const view = this.#content;
    for (;;) {
      const at = view.indexOf(this.#delimiter, this.#searchFrom);
      if (at < 0) {
        this.#searchFrom = Math.max(this.#searchFrom, view.length - this.#delimiter.length + 1);
        return undefined;
      }
      const line = delimiterAt(view, at, this.#delimiter, this.#breakRule, final);
      this.#searchFrom = line === 'none' ? at + 1 : at;
      if (line !== 'none') return line === 'more' ? undefined : line;
    }
  }

  #completeWithoutClosing(): boolean {
    const announced = announcedLength(this.#headers);
    const surplus = this.#dropped + this.#content.length - (announced ?? Infinity);
    if (this.#options.missingClosing !== 'when-complete' || surplus < 0 || surplus > 2) return false;
    this.#announced = announced;
    const end = (announced as number) - this.#dropped;
    return this.#content.subarray(end).toString('latin1').trim() === '';
  }

  #emit(line: DelimiterLine): void {
    if (this.#dropped + line.contentEnd > this.#options.partBytes)
      throw partTooLarge(this.#options.partBytes);
    this.#count += 1;
    if (this.#count > this.#options.parts) {
      throw dicomwebError('dicomweb.too-large', `more than ${this.#options.parts} parts`);
    }
    this.#lastLength = line.contentEnd;
    this.#ready.push({ headers: this.#headers, bytes: this.#content.subarray(0, line.contentEnd) });
    this.#startAfter(line);
  }

  #startAfter(line: DelimiterLine): void {
    const rest = this.#content.subarray(line.next);
    this.#state = line.closing ? 'epilogue' : 'headers';
    this.#contentStart = 0;
    this.#buffer = new GrowingBuffer(this.#memory, line.closing ? 0 : this.#lastLength);
    this.#buffer.append(rest);
  }

  #checkBounds(): void {
    if (this.#state === 'preamble' && this.#buffer.length > PREAMBLE_LIMIT) {
      throw dicomwebError('dicomweb.malformed-answer', 'no part begins in the multipart body');
    }
    const slack = this.#delimiter.length + 4 + PIECE;
    if (this.#state === 'content' && this.#dropped + this.#buffer.length > this.#options.partBytes + slack)
      throw partTooLarge(this.#options.partBytes);
  }
}

function announcedLength(headers: PartHeaders): number | undefined {
  const text = headers.get('content-length');
  return text !== undefined && CONTENT_LENGTH.test(text) ? Number(text) : undefined;
}

const partTooLarge = (limit: number) =>
  dicomwebError('dicomweb.too-large', `a body part of more than ${limit} bytes`);

import { limits } from '@prelector/kernel';
import { dicomwebError } from './errors.js';
import { GrowingBuffer } from './growing-buffer.js';
import { KnownBytes } from './known-bytes.js';
import { parseMediaType } from './media-type.js';
import { PartMemory } from './part-memory.js';
import { MultipartReader, type MultipartOptions, type MultipartPart } from './multipart-reader.js';

/** What of the epilogue is read so that the connection can be kept; beyond, it is dropped. */
const EPILOGUE_LIMIT = 64 * 1024;
const SNIFF_LIMIT = 1024;
const DELIMITER_LINE = /^(?:\r?\n)*--([^\r\n]{1,128}?)[ \t]*\r?\n/u;

export interface ReadMultipartOptions extends MultipartOptions {
  /** Without a boundary parameter: refuse, or read it off the first line of the body. */
  readonly missingBoundary?: 'refuse' | 'sniff';
  /** The bytes of a part are valid only until the next part is asked for; their memory is used again. */
  readonly reuseMemory?: boolean;
  /** The bytes that a part is expected to be: where it is, this array stands for it, and nothing is kept. */
  readonly known?: Uint8Array | undefined;
  /** Looks at a part that is not complete; reading ends there, without that part, when it says so. */
  readonly enough?: ((partial: Uint8Array) => boolean) | undefined;
}

/**
 * The parts of an HTTP body, one at a time, with back pressure: nothing is read ahead while a part is being
 * used. A body that is not multipart (a single instance answered as application/dicom) is one part.
 *
 * @throws as `MultipartReader` does; errors of the body itself pass through
 */
export async function* readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
  options: ReadMultipartOptions = {},
): AsyncGenerator<MultipartPart, void, void> {
  const { type, parameters } = parseMediaType(contentType);
  const boundary = parameters.get('boundary');
  if (type !== '' && !type.startsWith('multipart/')) return yield* readWhole(body, contentType, options);
  if (boundary) return yield* readParts(body, boundary, options);
  if (options.missingBoundary !== 'sniff') {
    throw dicomwebError('dicomweb.malformed-answer', 'the multipart answer states no boundary');
  }
  const chunks = body[Symbol.asyncIterator]();
  const head = await readHead(chunks);
  const sniffed = DELIMITER_LINE.exec(head.toString('latin1', 0, SNIFF_LIMIT))?.[1];
  const whole = { [Symbol.asyncIterator]: () => resume(head, chunks) };
  if (sniffed === undefined) return yield* readWhole(whole, undefined, options);
  return yield* readParts(whole, sniffed, options);
}

async function* readParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  options: ReadMultipartOptions,
): AsyncGenerator<MultipartPart, void, void> {
  const memory = new PartMemory(options.reuseMemory);
  const known = options.known && new KnownBytes(options.known);
  const reader = new MultipartReader(boundary, { ...options, inPieces: known !== undefined }, memory);
  let epilogue = 0;
  for await (const chunk of body) {
    if (reader.closed) {
      epilogue += chunk.length;
      if (epilogue > EPILOGUE_LIMIT) return;
      continue;
    }
    for (const part of reader.parts(chunk)) {
      yield wholeOf(part, known);
      memory.giveBack(part.bytes);
    }
    known?.take(reader.settled);
    if (known) reader.drop();
    if (options.enough?.(reader.partial)) return;
  }
  for (const part of reader.end()) yield wholeOf(part, known);
}

/** A part with what of it was taken before, while it came. */
function wholeOf(part: MultipartPart, known: KnownBytes | undefined): MultipartPart {
  if (!known) return part;
  known.take(part.bytes);
  return { ...part, bytes: known.end() };
}

async function* readWhole(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
  options: ReadMultipartOptions,
): AsyncGenerator<MultipartPart, void, void> {
  const limit = options.partBytes ?? limits.instanceBytes;
  const known = options.known && new KnownBytes(options.known);
  const buffer = new GrowingBuffer(new PartMemory(), 0);
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw dicomwebError('dicomweb.too-large', `more than ${limit} bytes`);
    if (known) known.take(chunk);
    else buffer.append(chunk);
    if (options.enough?.(buffer.view)) return;
  }
  const headers = new Map(contentType === undefined ? [] : [['content-type', contentType]]);
  if (length > 0) yield { headers, bytes: known?.end() ?? buffer.view };
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < SNIFF_LIMIT) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* resume(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}

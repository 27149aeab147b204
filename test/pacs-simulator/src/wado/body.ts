import { createReadStream } from 'node:fs';
import type { StoredInstance } from '../archive/stored-instance.js';
import type { WadoBehaviour } from '../behaviour/personality.js';

/** A piece of a body, and the part (from 1) that it belongs to; a part's last piece says so. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly part: number;
  readonly ends?: true;
}

/** One instance to be sent: its file, or bytes made from it. */
export interface Sent {
  readonly instance: StoredInstance;
  readonly bytes?: Buffer;
}

const chunkBytes = 64 * 1024;

/** A multipart/related body (RFC 2046 5.1, RFC 2387), read from disk as it is sent. */
export async function* multipartBody(
  sent: readonly Sent[],
  boundary: string,
  wado: WadoBehaviour,
): AsyncGenerator<Piece> {
  let part = 0;
  for (const { instance, bytes } of sent) {
    part += 1;
    const before = part === 1 ? wado.preamble : wado.beforeDelimiter;
    const headers = wado.partHeaders(instance).map((line) => `${line}\r\n`);
    yield { bytes: Buffer.from(`${before}--${boundary}\r\n${headers.join('')}\r\n`), part };
    for await (const chunk of bytes ? [bytes] : fileChunks(instance)) yield { bytes: chunk, part };
    yield { bytes: Buffer.alloc(0), part, ends: true };
  }
  const before = part === 0 ? wado.preamble : wado.beforeClosing;
  yield { bytes: Buffer.from(`${before}--${boundary}--${wado.afterClosing}`), part: part + 1 };
}

/** One instance alone as a body. */
export async function* singleBody({ instance, bytes }: Sent): AsyncGenerator<Piece> {
  for await (const chunk of bytes ? [bytes] : fileChunks(instance)) yield { bytes: chunk, part: 1 };
  yield { bytes: Buffer.alloc(0), part: 1, ends: true };
}

function fileChunks({ path }: StoredInstance): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: chunkBytes });
}

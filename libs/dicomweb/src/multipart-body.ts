import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

/** A multipart/related body of DICOM objects, whose length is known before it is sent. */
export interface MultipartBody {
  readonly boundary: string;
  readonly length: number;
  /** SHA-256 of the whole body, in lower-case hexadecimal. */
  readonly sha256: () => string;
  /**
   * The body from its beginning, piece by piece; the instances themselves are not copied.
   *
   * @param first awaited when the first piece is asked for
   */
  stream(first?: () => Promise<void>): Readable;
}

const CRLF = '\r\n';

/** Frames part-10 files for STOW-RS (PS3.18 section 10.5.1, RFC 2046), with a boundary that occurs in none. */
export function multipartBody(instances: readonly Uint8Array[]): MultipartBody {
  const boundary = freeBoundary(instances);
  const head = Buffer.from(`--${boundary}${CRLF}Content-Type: application/dicom${CRLF}${CRLF}`, 'latin1');
  const tail = Buffer.from(`--${boundary}--${CRLF}`, 'latin1');
  const gap = Buffer.from(CRLF, 'latin1');
  const pieces = [...instances.flatMap((bytes) => [head, bytes, gap]), tail];
  return {
    boundary,
    length: pieces.reduce((total, piece) => total + piece.length, 0),
    sha256: () => pieces.reduce((hash, piece) => hash.update(piece), createHash('sha256')).digest('hex'),
    // Not object mode by choice: undici wants bytes, and each piece is one chunk either way.
    stream: (first) => Readable.from(after(first, pieces), { objectMode: true, highWaterMark: 1 }),
  };
}

async function* after(first: (() => Promise<void>) | undefined, pieces: readonly Uint8Array[]) {
  await first?.();
  yield* pieces;
}

function freeBoundary(instances: readonly Uint8Array[]): string {
  for (;;) {
    const boundary = `prelector-${randomUUID()}`;
    if (!instances.some((bytes) => view(bytes).includes(boundary, 0, 'latin1'))) return boundary;
  }
}

const view = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

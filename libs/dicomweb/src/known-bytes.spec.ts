import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collect } from './collect.js';
import { readMultipart, type ReadMultipartOptions } from './read-multipart.js';

const MULTIPART = 'multipart/related; boundary=b0unDary';
const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Arbitrary bytes with pieces that look like delimiters and header ends between them. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
      fc
        .constantFrom('\r\n\r\n', '\r\n', '\n', '\r', '--b0unDary', '\r\n--b0un', '\r\n--b0unDaryx')
        .map(bytes),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => Buffer.concat(pieces))
  .filter((some) => some.length > 0 && !/(^|\n)--b0unDary(--)?[ \t\r]*(\n|$)/u.test(some.toString('latin1')));

/** What a reader may expect of a content: that, its beginning, more, something else, nothing. */
const expectation = fc.constantFrom('same', 'beginning', 'more', 'changed', 'nothing');
function expectedOf(whole: Buffer, kind: string, at: number): Uint8Array {
  if (kind === 'nothing') return new Uint8Array(0);
  if (kind === 'beginning') return new Uint8Array(whole.subarray(0, at % whole.length));
  if (kind === 'more') return new Uint8Array(Buffer.concat([whole, bytes('x')]));
  const known = new Uint8Array(whole);
  if (kind === 'changed') known[at % whole.length] = (known.at(at % whole.length) ?? 0) ^ 1;
  return known;
}

const bodies: Readonly<Record<string, (part: Buffer, length: boolean) => [string, Buffer]>> = {
  multipart: (part, length) => [
    MULTIPART,
    Buffer.concat([
      bytes(`--b0unDary\r\n${length ? `Content-Length: ${part.length}\r\n` : ''}\r\n`),
      part,
      bytes('\r\n--b0unDary--\r\n'),
    ]),
  ],
  'multipart without its closing delimiter': (part) => [
    MULTIPART,
    Buffer.concat([bytes(`--b0unDary\r\nContent-Length: ${part.length}\r\n\r\n`), part, bytes('\r\n')]),
  ],
  'a single object': (part) => ['application/dicom', part],
};

async function* chunked(body: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    // A socket's memory is used again: whoever keeps a view of it sees other bytes.
    const chunk = Buffer.from(body.subarray(at, at + size));
    yield chunk;
    chunk.fill(0);
    at += size;
  }
}

describe.each(Object.entries(bodies))('a content that is known beforehand: %s', (_name, bodyOf) => {
  const read = async (
    part: Buffer,
    length: boolean,
    sizes: readonly number[],
    options: ReadMultipartOptions,
  ) => {
    const [contentType, body] = bodyOf(part, length);
    return collect(
      readMultipart(chunked(body, sizes), contentType, { missingClosing: 'when-complete', ...options }),
    );
  };

  it('comes whole however it is chunked, and as the known array where it is that', async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 }),
        expectation,
        fc.nat(),
        async (part, length, sizes, kind, at) => {
          const known = expectedOf(part, kind, at);
          const parts = await read(part, length, sizes, { known });
          expect(parts.map((each) => Buffer.from(each.bytes))).toEqual([part]);
          expect(parts[0]?.bytes === known).toBe(kind === 'same');
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps its bound, whatever is known of it', async () => {
    const part = Buffer.alloc(300_000, 7);
    for (const kind of ['same', 'changed', 'more', 'nothing']) {
      const known = expectedOf(part, kind, 100_000);
      const reading = (partBytes: number) => read(part, false, [65_536], { known, partBytes });
      expect((await reading(part.length))[0]?.bytes.length).toBe(part.length);
      await expect(reading(part.length - 1)).rejects.toMatchObject({ code: 'dicomweb.too-large' });
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { multipartParts } from './multipart-parts.js';

const boundary = 'XX';

/** Bodies that look like delimiters, without holding one. */
const body = fc
  .array(fc.constantFrom('\r\n', '-', '--', 'X', '--X', '\r\n--X', '\n', 'data', '\0'), { maxLength: 12 })
  .map((pieces) => Buffer.from(pieces.join('')))
  .filter(
    (bytes) =>
      !bytes.includes(`\r\n--${boundary}`) &&
      !`${bytes.toString('latin1')}\r\n--XX`.slice(0, -6).endsWith('\r\n--X'),
  );

const message = (bodies: readonly Buffer[], preamble: string) =>
  Buffer.concat([
    Buffer.from(preamble),
    ...bodies.flatMap((each, index) => [
      Buffer.from(
        `${index === 0 && preamble === '' ? '' : '\r\n'}--${boundary}\r\ncontent-TYPE: Application/DICOM; x=y\r\n\r\n`,
      ),
      each,
    ]),
    Buffer.from(`\r\n--${boundary}--\r\nepilogue`),
  ]);

async function* inChunks(whole: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let turn = 0;
  for (let at = 0; at < whole.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? whole.length;
    yield whole.subarray(at, at + size);
    at += size;
  }
}

async function read(source: AsyncIterable<Buffer>): Promise<{ contentType: string; bytes: Buffer }[]> {
  const parts: { contentType: string; bytes: Buffer }[] = [];
  for await (const part of multipartParts(source, boundary)) {
    const chunks: Buffer[] = [];
    for await (const chunk of part.body) chunks.push(Buffer.from(chunk));
    parts.push({ contentType: part.contentType, bytes: Buffer.concat(chunks) });
  }
  return parts;
}

const bodies = fc.array(body, { minLength: 1, maxLength: 4 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

describe('the parts of a store request', () => {
  it('are the same however the bytes come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        bodies,
        sizes,
        fc.constantFrom('', '\r\n', 'preamble'),
        async (made, split, preamble) => {
          const parts = await read(inChunks(message(made, preamble), split));
          expect(parts).toEqual(made.map((bytes) => ({ contentType: 'application/dicom', bytes })));
        },
      ),
    );
  });

  it('are an error when the message ends before its closing delimiter', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, sizes, fc.nat(), async (made, split, place) => {
        const whole = message(made, '').subarray(0, -'\r\nepilogue'.length);
        const cut = whole.subarray(0, place % whole.length);
        await expect(read(inChunks(cut, split))).rejects.toMatchObject({
          code: 'simulator.multipart-broken',
        });
      }),
    );
  });

  it('need no headers, and may be none', async () => {
    expect(await read(inChunks(Buffer.from('--XX\r\n\r\nbare\r\n--XX--'), [3]))).toEqual([
      { contentType: '', bytes: Buffer.from('bare') },
    ]);
    expect(await read(inChunks(Buffer.from('--XX--'), [1]))).toEqual([]);
  });

  it('have headers of a bounded size', async () => {
    const long = Buffer.from(`--XX\r\nX: ${'a'.repeat(20_000)}\r\n\r\nbody\r\n--XX--`);
    await expect(read(inChunks(long, [1000]))).rejects.toMatchObject({ code: 'simulator.multipart-broken' });
  });
});

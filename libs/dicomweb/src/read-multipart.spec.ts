import { describe, expect, it } from '@jest/globals';
import { collect } from './collect.js';
import { readMultipart, type ReadMultipartOptions } from './read-multipart.js';

async function* body(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
}

async function read(contentType: string | undefined, text: string, options?: ReadMultipartOptions) {
  const parts = await collect(readMultipart(body(...(text.match(/.{1,5}/gsu) ?? [])), contentType, options));
  return parts.map((part) => Buffer.from(part.bytes).toString('latin1'));
}

const BODY = '--q w\r\n\r\none\r\n--q w\r\n\r\ntwo\r\n--q w--\r\n';

describe('a multipart answer', () => {
  it.each([
    'multipart/related; type="application/dicom"; boundary="q w"',
    'multipart/related; boundary=q w; type=application/dicom',
    'Multipart/Related;BOUNDARY="q w"',
    'multipart/related; start=x;  boundary = q w',
    "multipart/related; boundary='q w'",
  ])('is read by its boundary: %s', async (contentType) => {
    expect(await read(contentType, BODY)).toEqual(['one', 'two']);
  });

  it('without a boundary is refused, or its boundary read off the first line', async () => {
    await expect(read('multipart/related', BODY)).rejects.toMatchObject({
      code: 'dicomweb.malformed-answer',
    });
    expect(await read('multipart/related', BODY, { missingBoundary: 'sniff' })).toEqual(['one', 'two']);
    expect(await read('multipart/related', 'DICM', { missingBoundary: 'sniff' })).toEqual(['DICM']);
    expect(await read('multipart/related', '', { missingBoundary: 'sniff' })).toEqual([]);
  });

  it('of one plain object is one part', async () => {
    expect(await read('application/dicom', BODY)).toEqual([BODY]);
    expect(await read('application/octet-stream', '')).toEqual([]);
  });

  it('of one plain object keeps its bound', async () => {
    await expect(read('application/dicom', 'too long', { partBytes: 7 })).rejects.toMatchObject({
      code: 'dicomweb.too-large',
    });
  });

  it('is not read ahead of its consumer', async () => {
    let taken = 0;
    async function* counted() {
      for (const chunk of ['--b\r\n\r\none\r\n--b\r\n', '\r\ntwo\r\n--b\r\n', '\r\nthree\r\n--b--\r\n']) {
        taken += 1;
        yield Buffer.from(chunk);
      }
    }
    const parts = readMultipart(counted(), 'multipart/related; boundary=b');
    await parts.next();
    expect(taken).toBe(1);
    await parts.return();
  });

  it('uses the memory of a part again when it was told to, and only then', async () => {
    const contents = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(1000));
    const text = `${contents.map((content) => `--b\r\n\r\n${content}\r\n`).join('')}--b--\r\n`;
    for (const reuseMemory of [true, false]) {
      const memories = new Set<ArrayBufferLike>();
      const got: string[] = [];
      const chunks = body(...(text.match(/.{1,100}/gsu) ?? []));
      for await (const { bytes } of readMultipart(chunks, 'multipart/related; boundary=b', { reuseMemory })) {
        memories.add(bytes.buffer);
        got.push(Buffer.from(bytes).toString());
      }
      expect(got).toEqual(contents);
      expect(memories.size < contents.length).toBe(reuseMemory);
    }
  });

  it('tells its source when the consumer stops', async () => {
    let closed = false;
    async function* source() {
      try {
        yield Buffer.from('--b\r\n\r\none\r\n--b\r\n\r\n');
        yield Buffer.from('two');
      } finally {
        closed = true;
      }
    }
    for await (const part of readMultipart(source(), 'multipart/related; boundary=b')) {
      expect(Buffer.from(part.bytes).toString()).toBe('one');
      break;
    }
    expect(closed).toBe(true);
  });
});

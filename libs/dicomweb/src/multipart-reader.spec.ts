import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MultipartReader, type MultipartOptions, type MultipartPart } from './multipart-reader.js';

interface Sent {
  headers: string[];
  content: Buffer;
}

const BOUNDARY = 'b0unDary';
const bytes = (text: string) => Buffer.from(text, 'latin1');

function readInChunks(body: Buffer, sizes: readonly number[], options?: MultipartOptions): MultipartPart[] {
  const reader = new MultipartReader(BOUNDARY, options);
  const parts: MultipartPart[] = [];
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? body.length;
    parts.push(...reader.push(body.subarray(at, at + size)));
    at += size;
  }
  return [...parts, ...reader.end()];
}

const contentsOf = (parts: readonly MultipartPart[]) => parts.map((part) => Buffer.from(part.bytes));
const read = (body: string, options?: MultipartOptions) =>
  contentsOf(readInChunks(bytes(body), [1 << 20], options)).map((content) => content.toString('latin1'));

function encode(parts: readonly Sent[], { preamble = '', epilogue = '\r\n' } = {}): Buffer {
  return Buffer.concat([
    bytes(preamble),
    ...parts.flatMap(({ headers, content }) => [
      bytes(`--${BOUNDARY}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
      content,
      bytes('\r\n'),
    ]),
    bytes(`--${BOUNDARY}--${epilogue}`),
  ]);
}

/** Pieces that look like delimiters and header ends, between arbitrary bytes. */
const trickyContent = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some)),
      fc
        .constantFrom('\r\n\r\n', '\r\n', '\n', '\r', '--', `--${BOUNDARY}x`, `\r\n--${BOUNDARY}x\r\n`)
        .map(bytes),
      fc.constantFrom(BOUNDARY, `\r\n--${BOUNDARY}--x`, `\r\n--${BOUNDARY.slice(0, 4)}`).map(bytes),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => Buffer.concat(pieces))
  .filter((content) => !/\n--b0unDary(--)?[ \t]*(\r?\n|$)/u.test(content.toString('latin1')))
  // Without a length, a content that begins or ends like a delimiter line is one.
  .filter((content) => !/^--b0unDary(--)?[ \t\r]*(\n|$)/u.test(content.toString('latin1')));

const extraHeaders = fc.subarray([
  'Content-Type: application/dicom',
  'MIME-Version: 1.0',
  'content-location:http://x/y',
  'Content-Transfer-Encoding: binary',
]);
const part = fc
  .tuple(extraHeaders, trickyContent, fc.constantFrom('none', 'right', 'small', 'large'))
  .map(([headers, content, length]): Sent => ({
    headers: [...headers, ...lengthHeader(length, content.length)],
    content,
  }));
/** A content that is cut right behind a closing delimiter of its own cannot be told from a whole one. */
const cuttablePart = part.filter(({ content }) => !content.includes(`--${BOUNDARY}--`));
const chunkSizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 });

function lengthHeader(kind: string, length: number): string[] {
  if (kind === 'none') return [];
  const stated = kind === 'right' ? length : kind === 'small' ? Math.floor(length / 2) : length + 7;
  return [`content-LENGTH: ${stated}`];
}

describe('a multipart body', () => {
  it('gives the same parts however it is chunked, whatever lengths its parts claim', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), chunkSizes, (parts, sizes) => {
        const got = readInChunks(encode(parts), sizes);
        expect(contentsOf(got)).toEqual(parts.map(({ content }) => content));
      }),
      { numRuns: 300 },
    );
  });

  it('cut anywhere never gives a part that was not sent whole, and says so', () => {
    fc.assert(
      fc.property(
        fc.array(cuttablePart, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        chunkSizes,
        (parts, cut, sizes) => {
          const body = encode(parts, { epilogue: '' });
          const kept = body.subarray(0, 1 + (cut % (body.length - 1)));
          expect(() => readInChunks(kept, sizes)).toThrow(/ended before|no part begins/u);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives the parts before the cut as they complete', () => {
    const body = encode([
      { headers: [], content: bytes('one') },
      { headers: [], content: bytes('two') },
    ]);
    const reader = new MultipartReader(BOUNDARY);
    const parts = reader.push(body.subarray(0, body.indexOf('two') + 1));
    expect(contentsOf(parts).map(String)).toEqual(['one']);
    expect(() => reader.end()).toThrow('1 parts were complete');
  });

  it('is not ended by the boundary inside a content whose length is stated', () => {
    const content = bytes(`a\r\n--${BOUNDARY}\r\n\r\nb\r\n--${BOUNDARY}--\r\n`);
    const body = encode([{ headers: [`Content-Length: ${content.length}`], content }]);
    for (const size of [1, 7, 1000]) expect(contentsOf(readInChunks(body, [size]))).toEqual([content]);
  });

  it('keeps the header names in lower case and joins folded lines', () => {
    const [only] = readInChunks(
      encode([
        {
          headers: ['CONTENT-type:application/dicom;', ' transfer-syntax=1.2', 'odd line'],
          content: bytes('x'),
        },
      ]),
      [3],
    );
    expect(only?.headers).toEqual(new Map([['content-type', 'application/dicom; transfer-syntax=1.2']]));
  });

  it('larger than a socket read is one piece of memory', () => {
    const content = Buffer.alloc(300_000, 'abc\r\n--');
    for (const headers of [[], [`Content-Length: ${content.length}`]]) {
      expect(contentsOf(readInChunks(encode([{ headers, content }]), [65_536]))).toEqual([content]);
    }
  });
});

describe('a body that servers really send', () => {
  it.each([
    ['no part at all', `--${BOUNDARY}--\r\n`, []],
    ['nothing', '', []],
    ['line breaks only', '\r\n\r\n', []],
    ['a preamble', `hello\r\n--${BOUNDARY}\r\n\r\nx\r\n--${BOUNDARY}--`, ['x']],
    ['a leading line break', `\r\n--${BOUNDARY}\r\n\r\nx\r\n--${BOUNDARY}--`, ['x']],
    ['an epilogue', `--${BOUNDARY}\r\n\r\nx\r\n--${BOUNDARY}--\r\n\r\nbye\r\n--${BOUNDARY}\r\n`, ['x']],
    ['padding after the boundary', `--${BOUNDARY} \t\r\n\r\nx\r\n--${BOUNDARY}-- \r\n`, ['x']],
    ['line feeds only', `--${BOUNDARY}\nA: b\n\nx\n--${BOUNDARY}\n\ny\n--${BOUNDARY}--\n`, ['x', 'y']],
    ['no last line break', `--${BOUNDARY}\r\n\r\nx\r\n--${BOUNDARY}--`, ['x']],
    ['an empty content', `--${BOUNDARY}\r\nA: b\r\n\r\n\r\n--${BOUNDARY}--`, ['']],
  ])('with %s', (_what, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  it('without the line break before a delimiter is refused or, where the profile says so, read', () => {
    const body = `--${BOUNDARY}\r\n\r\nxy--${BOUNDARY}\r\n\r\nz--${BOUNDARY}--`;
    expect(() => read(body)).toThrow('ended before');
    expect(read(body, { delimiter: 'lenient' })).toEqual(['xy', 'z']);
  });

  it.each(['strict', 'lenient'] as const)(
    'with line feeds alone holds none of them as content (%s)',
    (delimiter) => {
      const body = `--${BOUNDARY}\nA: b\n\nx\n--${BOUNDARY}\n\ny\n--${BOUNDARY}--\n`;
      expect(read(body, { delimiter })).toEqual(['x', 'y']);
    },
  );

  it('without its closing delimiter passes only where the profile says so and the length agrees', () => {
    const open = (length: number) => `--${BOUNDARY}\r\nContent-Length: ${length}\r\n\r\nabc\r\n`;
    expect(() => read(open(3))).toThrow('ended before');
    expect(read(open(3), { missingClosing: 'when-complete' })).toEqual(['abc']);
    expect(() => read(open(4), { missingClosing: 'when-complete' })).not.toThrow();
    expect(() => read(open(9), { missingClosing: 'when-complete' })).toThrow('ended before');
    expect(() => read(`--${BOUNDARY}\r\n\r\nabc\r\n`, { missingClosing: 'when-complete' })).toThrow(
      'ended before',
    );
  });

  it('whose boundary parameter stands in single quotes', () => {
    const reader = new MultipartReader("'abc'");
    expect(contentsOf(reader.push(bytes('--abc\r\n\r\nx\r\n--abc--\r\n'))).map(String)).toEqual(['x']);
  });

  it('whose boundary holds spaces', () => {
    const reader = new MultipartReader('DICOM DATA BOUNDARY');
    const body = '--DICOM DATA BOUNDARY\r\n\r\nx\r\n--DICOM DATA BOUNDARY--\r\n';
    expect(contentsOf(reader.push(bytes(body))).map(String)).toEqual(['x']);
  });
});

describe('bounds', () => {
  it('on a header block', () => {
    expect(() => read(`--${BOUNDARY}\r\nA: ${'x'.repeat(20_000)}`)).toThrow(
      'headers of a body part do not end',
    );
  });

  it('on a part, stated or found', () => {
    expect(() => read(`--${BOUNDARY}\r\nContent-Length: 11\r\n\r\n`, { partBytes: 10 })).toThrow('more than');
    const long = `--${BOUNDARY}\r\n\r\n${'x'.repeat(200_000)}`;
    expect(() => read(long, { partBytes: 1000 })).toThrow('more than');
    expect(() => read(`--${BOUNDARY}\r\n\r\n12345678901\r\n--${BOUNDARY}--`, { partBytes: 10 })).toThrow(
      'more than',
    );
  });

  it('on the number of parts', () => {
    const body = `${`--${BOUNDARY}\r\n\r\nx\r\n`.repeat(3)}--${BOUNDARY}--`;
    expect(() => read(body, { parts: 2 })).toThrow('more than 2 parts');
  });

  it('on what comes before the first part', () => {
    expect(() => read('x'.repeat(100_000))).toThrow('no part begins');
    expect(() => read('not multipart')).toThrow('no part begins');
  });

  it('on the belief in a stated length: no memory is taken before bytes come', () => {
    const reader = new MultipartReader(BOUNDARY);
    reader.push(bytes(`--${BOUNDARY}\r\nContent-Length: 2000000000\r\n\r\nabc`));
    expect(() => reader.end()).toThrow('ended before');
  });
});

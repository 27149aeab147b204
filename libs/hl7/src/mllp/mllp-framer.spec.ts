import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameMllp, type MllpEvent, MllpFramer } from './mllp-framer.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const textOf = (message: Uint8Array): string => Buffer.from(message).toString('latin1');

function feed(framer: MllpFramer, ...chunks: (string | Uint8Array)[]): MllpEvent[] {
  return chunks.flatMap((chunk) => framer.push(typeof chunk === 'string' ? bytes(chunk) : chunk));
}

function messages(events: readonly MllpEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'message' ? [textOf(event.bytes)] : []));
}

/** A body may hold any byte, FS included, as long as FS is not followed by what ends a frame. */
const body = fc
  .uint8Array({ minLength: 0, maxLength: 40 })
  .map((raw) =>
    raw.map((byte, at) => (at > 0 && raw[at - 1] === 0x1c && (byte === 0x0d || byte === 0x0b) ? 0x41 : byte)),
  );
const stray = fc.constantFrom('', '', '', '\r\n', '\n', 'junk', '\x1c\r', '\0\0');
const ending = fc.constantFrom('\x1c\r', '\x1c\r', '\x1c');

describe('MllpFramer', () => {
  it('gives each message once and in order, however the stream is cut (10,000 streams)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(stray, body, ending), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 17 })),
        (parts, sizes) => {
          const expected = parts.map(([, raw]) => textOf(raw));
          // Only a VT that follows at once ends a frame whose CR is missing.
          const stream = parts.map(([junk, raw, end], at) => {
            const isBare = end === '\x1c' && (at === parts.length - 1 || parts[at + 1]?.[0] === '');
            return `${junk}\x0b${textOf(raw)}${isBare ? '\x1c' : '\x1c\r'}`;
          });
          const all = bytes(stream.join(''));
          const framer = new MllpFramer();
          const events: MllpEvent[] = [];
          for (let at = 0; at < all.length;) {
            const size = sizes.next().value;
            events.push(...framer.push(all.subarray(at, at + size)));
            at += size;
          }
          events.push(...framer.end());
          expect(messages(events)).toEqual(expected);
          const strayBytes = events.reduce(
            (sum, event) => sum + (event.kind === 'stray' ? event.bytes : 0),
            0,
          );
          expect(strayBytes).toBe(parts.reduce((sum, [junk]) => sum + junk.length, 0));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('unframes what frameMllp framed', () => {
    expect(messages(feed(new MllpFramer(), frameMllp(bytes('MSH|1\r'))))).toEqual(['MSH|1\r']);
  });

  it('takes an FS that nothing of a frame follows as part of the message', () => {
    expect(messages(feed(new MllpFramer(), '\x0ba\x1cb\x1c\x1c\r'))).toEqual(['a\x1cb\x1c']);
  });

  it('refuses a message above its limit, keeps its head, and goes on with the next', () => {
    const framer = new MllpFramer({ maxBytes: 10 });
    const events = feed(framer, '\x0b0123456789', 'abc', 'def\x1c\r\x0bok\x1c\r');
    expect(events[0]).toMatchObject({ kind: 'oversize', bytesSeen: 16 });
    expect(events[0]?.kind === 'oversize' && textOf(events[0].head)).toBe('0123456789abc');
    expect(messages(events)).toEqual(['ok']);
  });

  it('takes a message of exactly its limit', () => {
    expect(messages(feed(new MllpFramer({ maxBytes: 4 }), '\x0b1234\x1c\r'))).toEqual(['1234']);
    expect(messages(feed(new MllpFramer({ maxBytes: 4 }), '\x0b12345\x1c\r'))).toEqual([]);
  });

  it('says what a stream that ends inside a frame lost', () => {
    const framer = new MllpFramer();
    feed(framer, '\x0bMSH|');
    expect(framer.end()).toEqual([{ kind: 'cut-off', bytesSeen: 4 }]);
    expect(framer.end()).toEqual([]);
  });

  it('closes a frame that lacks only its CR when asked to, and takes the CR when it comes late', () => {
    const framer = new MllpFramer();
    expect(feed(framer, '\x0bMSH|1\x1c')).toEqual([]);
    expect(framer.awaitsCr).toBe(true);
    expect(messages(framer.settle())).toEqual(['MSH|1']);
    expect(framer.settle()).toEqual([]);
    expect(feed(framer, '\r', '\x0bMSH|2\x1c\r').map((event) => event.kind)).toEqual(['message']);
  });

  it('does not close UTF-16 text early, where an FS byte may be half a character', () => {
    const framer = new MllpFramer();
    feed(framer, '\x0bM\0S\0\x1c');
    expect(framer.settle()).toEqual([]);
  });

  it('stays linear for a large message that comes byte by byte', () => {
    const framer = new MllpFramer();
    const one = bytes('x');
    feed(framer, '\x0b');
    for (let at = 0; at < 1_000_000; at += 1) framer.push(one);
    expect(messages(feed(framer, '\x1c\r'))[0]).toHaveLength(1_000_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jpeg2000Header, jpegHeader } from './stream-header.js';

const frame = [0, 11, 12, 0x02, 0x00, 0x01, 0x80, 1, 1, 0x11, 0];
const size = [
  ...[0, 41, 0, 0],
  ...[0, 0, 1, 0x90],
  ...[0, 0, 2, 0x10],
  ...[0, 0, 0, 0x10],
  ...[0, 0, 0, 0x10],
];

describe('headers of compressed streams', () => {
  it('reads a JPEG frame header behind other segments and fill bytes', () => {
    const table = [0xff, 0xc4, 0, 4, 1, 2];
    for (const marker of [0xc0, 0xc1, 0xc2, 0xc3, 0xf7]) {
      const stream = Uint8Array.of(0xff, 0xd8, ...table, 0xff, 0xff, marker, ...frame);
      const picture = { precision: 12, rows: 512, columns: 384, samples: 1 };
      const process = marker === 0xc3 ? { process: 'jpeg-lossless' } : {};
      expect(jpegHeader(stream)).toStrictEqual({ ...picture, ...process });
    }
    expect(jpegHeader(Uint8Array.of(0xff, 0xd8, ...table, ...table))).toBeUndefined();
    expect(jpegHeader(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });

  it('reads the size of a JPEG 2000 codestream less its offset, behind boxes too', () => {
    const tiles = Array.from({ length: 16 }, () => 0);
    const codestream = [0xff, 0x4f, 0xff, 0x51, ...size, ...tiles, 0, 3, 0x8b, 1, 1];
    const header = { columns: 384, rows: 512, samples: 3, precision: 12, signed: true };
    expect(jpeg2000Header(Uint8Array.from(codestream))).toEqual(header);
    expect(jpeg2000Header(Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, ...codestream))).toEqual(header);
    expect(jpeg2000Header(Uint8Array.from(codestream.slice(0, 30)))).toBeUndefined();
  });

  it('never goes past the end', () => {
    const soi = fc.constant([0xff, 0xd8, 0xff]);
    fc.assert(
      fc.property(soi, fc.array(fc.nat(255), { maxLength: 40 }), (start, rest) => {
        const stream = Uint8Array.from([...start, ...rest]);
        expect(() => [jpegHeader(stream), jpeg2000Header(stream)]).not.toThrow();
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import codecs from 'dcmjs-codecs';
import { deflateRawSync } from 'node:zlib';
import { canDecode, encapsulatedFrame } from './codecs.js';
import type { PixelLayout } from './decoded-frame.js';

const layout: PixelLayout = {
  rows: 32,
  columns: 48,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 12,
  highBit: 11,
  signed: true,
  planar: false,
  photometricInterpretation: 'MONOCHROME2',
};
const image = Int16Array.from({ length: 32 * 48 }, (_, index) => ((index * 37) % 4096) - 2048);

const encoders = {
  '1.2.840.10008.1.2.5': 'encodeRle',
  '1.2.840.10008.1.2.4.80': 'encodeJpegLs',
  '1.2.840.10008.1.2.4.90': 'encodeJpeg2000',
  '1.2.840.10008.1.2.4.201': 'encodeHtJpeg2000',
} as const;

describe('encapsulatedFrame', () => {
  it.each(Object.entries(encoders))('decodes %s exactly', async (uid, encoder) => {
    const { NativeCodecs, Context } = codecs;
    await NativeCodecs.initializeAsync();
    const context = new Context({
      width: 48,
      height: 32,
      bitsAllocated: 16,
      bitsStored: 12,
      samplesPerPixel: 1,
      pixelRepresentation: 1,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: new Uint8Array(image.buffer),
    });
    const stream = NativeCodecs[encoder](context, { lossy: false }).getEncodedBuffer() as Uint8Array;
    const frame = await encapsulatedFrame(stream, layout, uid);
    expect(frame.pixels).toEqual(image);
    expect(canDecode(uid)).toBe(true);
    for (const wrong of [{ rows: 16 }, { columns: 24 }, { rows: 64 }]) {
      await expect(encapsulatedFrame(stream, { ...layout, ...wrong }, uid)).rejects.toMatchObject({
        code: expect.stringMatching(/^dicom\.pixel/u),
      });
    }
    for (const length of [stream.length >> 1, stream.length - 8]) {
      await expect(encapsulatedFrame(stream.subarray(0, length), layout, uid)).rejects.toMatchObject({
        code: 'dicom.pixels-undecodable',
      });
    }
  });

  it.each(['encodeJpeg', 'encodeJpegLs', 'encodeJpeg2000', 'encodeHtJpeg2000'] as const)(
    'refuses two streams of %s where one frame is due, in one fragment or two, by Number of Frames',
    async (encoder) => {
      const { NativeCodecs, Context } = codecs;
      await NativeCodecs.initializeAsync();
      const own = { ...layout, bitsAllocated: 8, bitsStored: 8, highBit: 7, signed: false };
      const pixels = Uint8Array.from({ length: 32 * 48 }, (_, index) => (index * 37) % 256);
      const context = new Context({
        width: 48,
        height: 32,
        bitsAllocated: 8,
        bitsStored: 8,
        samplesPerPixel: 1,
        pixelRepresentation: 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        decodedBuffer: pixels,
      });
      const encoded = NativeCodecs[encoder](context, { lossy: false }).getEncodedBuffer() as Uint8Array;
      const one = encoded.length % 2 === 0 ? encoded : Buffer.concat([encoded, Buffer.of(0)]);
      const uids = { encodeJpeg: '57', encodeJpegLs: '80', encodeJpeg2000: '90', encodeHtJpeg2000: '201' };
      const syntax = `1.2.840.10008.1.2.4.${uids[encoder]}`;
      const padded = Buffer.concat([one, new Uint8Array(6)]);
      const filled = Buffer.concat([one, Buffer.of(0xff, 0xff)]);
      for (const stream of [one, padded]) {
        expect((await encapsulatedFrame(stream, own, syntax)).pixels).toEqual(pixels);
      }
      for (const stream of [one, padded, filled, Buffer.concat([padded, filled])]) {
        await expect(encapsulatedFrame(Buffer.concat([stream, one]), own, syntax)).rejects.toMatchObject({
          code: 'dicom.pixel-data-mismatch',
          message: expect.stringContaining('Number of Frames (0028,0008)'),
        });
      }
    },
  );

  it('takes a JPEG stream with the picture of a thumbnail in its header', async () => {
    const { NativeCodecs, Context } = codecs;
    await NativeCodecs.initializeAsync();
    const own = { ...layout, bitsAllocated: 8, bitsStored: 8, highBit: 7, signed: false };
    const context = new Context({
      width: 48,
      height: 32,
      bitsAllocated: 8,
      bitsStored: 8,
      samplesPerPixel: 1,
      pixelRepresentation: 0,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: new Uint8Array(32 * 48).fill(9),
    });
    const encoded = NativeCodecs.encodeJpeg(context, { lossy: false }).getEncodedBuffer() as Uint8Array;
    const thumbnail = Buffer.of(0xff, 0xd8, 0xff, 0xdb, 0, 2, 0xff, 0xd9);
    const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, thumbnail.length + 2), thumbnail]);
    const stream = Buffer.concat([encoded.subarray(0, 2), segment, segment, encoded.subarray(2)]);
    const frame = await encapsulatedFrame(stream, own, '1.2.840.10008.1.2.4.57');
    expect(frame.pixels).toEqual(new Uint8Array(32 * 48).fill(9));
  });

  it('inflates deflated frames, not beyond their size', async () => {
    const bytes = new Uint8Array(image.buffer);
    const uid = '1.2.840.10008.1.2.8.1';
    const frame = await encapsulatedFrame(new Uint8Array(deflateRawSync(bytes)), layout, uid);
    expect(frame.pixels).toEqual(image);
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(1_000_000)));
    await expect(encapsulatedFrame(bomb, layout, uid)).rejects.toMatchObject({
      code: 'dicom.pixels-undecodable',
    });
  });

  it('names a transfer syntax that it does not decode', async () => {
    const mpeg = '1.2.840.10008.1.2.4.102';
    expect(canDecode(mpeg)).toBe(false);
    await expect(encapsulatedFrame(new Uint8Array(4), layout, mpeg)).rejects.toMatchObject({
      code: 'dicom.transfer-syntax-unsupported',
      message: expect.stringContaining(mpeg),
    });
  });

  it.each(['DOE^JOHN', '\u001b[2J', 'constructor', ''])(
    'does not repeat a transfer syntax that is no UID: %j',
    async (text) => {
      expect(canDecode(text)).toBe(false);
      await expect(encapsulatedFrame(new Uint8Array(4), layout, text)).rejects.toMatchObject({
        code: 'dicom.transfer-syntax-unsupported',
        message: expect.stringMatching(/\(unreadable\)$/u),
      });
    },
  );

  it('survives rubbish in every syntax, and decodes again after it', async () => {
    const rubbish = Uint8Array.from({ length: 256 }, (_, index) => (index * 91) & 0xff);
    for (const last of ['5', '4.50', '4.51', '4.57', '4.70', '4.80', '4.90', '4.201', '8.1']) {
      for (const stream of [rubbish, rubbish.subarray(0, 1), new Uint8Array(0)]) {
        await expect(encapsulatedFrame(stream, layout, `1.2.840.10008.1.2.${last}`)).rejects.toMatchObject({
          code: expect.stringMatching(/^dicom\.pixel/u),
        });
      }
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import codecs from 'dcmjs-codecs';
import { encapsulatedFrame } from './codecs.js';
import type { PixelLayout } from './decoded-frame.js';

const LOSSLESS = {
  encodeJpeg: ['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70'],
  encodeJpegLs: ['1.2.840.10008.1.2.4.80'],
  encodeJpeg2000: ['1.2.840.10008.1.2.4.90'],
  encodeHtJpeg2000: ['1.2.840.10008.1.2.4.201'],
} as const;
type Encoder = keyof typeof LOSSLESS;
const BASELINE = '1.2.840.10008.1.2.4.50';
const EXTENDED = '1.2.840.10008.1.2.4.51';

/** Bits Allocated and Bits Stored under which samples of 8 bits can have a sign. */
const SIGNED = [
  [8, 8],
  [16, 8],
  [16, 12],
  [32, 32],
] as const;

const [rows, columns] = [16, 24];
const samples = (most: number) => Array.from({ length: rows * columns }, (_, index) => (index * 37) % most);

let ready: Promise<unknown> | undefined;

async function encode(
  encoder: Encoder,
  values: readonly number[],
  { bits, signed = false, lossy = false }: { bits: number; signed?: boolean; lossy?: boolean },
): Promise<Uint8Array> {
  const { NativeCodecs, Context } = codecs;
  await (ready ??= NativeCodecs.initializeAsync());
  const stored = bits <= 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: bits <= 8 ? 8 : 16,
    bitsStored: bits,
    samplesPerPixel: 1,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: new Uint8Array(stored.buffer),
  });
  return NativeCodecs[encoder](context, { lossy }).getEncodedBuffer() as Uint8Array;
}

const layout = (bitsAllocated: number, bitsStored: number, signed = false): PixelLayout => ({
  rows,
  columns,
  samplesPerPixel: 1,
  bitsAllocated,
  bitsStored,
  highBit: bitsStored - 1,
  signed,
  planar: false,
  photometricInterpretation: 'MONOCHROME2',
});

async function read(stream: Uint8Array, uid: string, ...header: Parameters<typeof layout>) {
  return Array.from((await encapsulatedFrame(stream, layout(...header), uid)).pixels);
}

const lossless = Object.entries(LOSSLESS).flatMap(([encoder, uids]) =>
  uids.map((uid) => [encoder as Encoder, uid] as const),
);

describe.each(lossless)('a stream of %s read as %s', (encoder, uid) => {
  it.each([
    [8, 8],
    [16, 8],
    [16, 12],
    [16, 16],
    [32, 8],
    [32, 32],
    [64, 8],
  ])('has samples of 8 bits where the header allocates %d and stores %d', async (allocated, stored) => {
    const values = samples(256);
    const stream = await encode(encoder, values, { bits: 8 });
    expect(await read(stream, uid, allocated, stored)).toEqual(values);
  });

  it.each([
    [16, 12],
    [16, 16],
    [32, 12],
    [32, 16],
    [32, 24],
    [32, 32],
    [64, 12],
  ])('has samples of 12 bits where the header allocates %d and stores %d', async (allocated, stored) => {
    const values = samples(4096);
    const stream = await encode(encoder, values, { bits: 12 });
    expect(await read(stream, uid, allocated, stored)).toEqual(values);
  });

  it.each([16, 32, 64])('keeps the sign of 16 bits where the header allocates %d', async (allocated) => {
    const values = samples(4096).map((value) => value - 2048);
    const stream = await encode(encoder, values, { bits: 16, signed: true });
    expect(await read(stream, uid, allocated, 16, true)).toEqual(values);
    expect(await read(stream, uid, allocated, 12, true)).toEqual(values);
  });

  it('is refused for more bits than are allocated, or than any stream holds, by name', async () => {
    const stream = await encode(encoder, samples(4096), { bits: 12 });
    await expect(read(stream, uid, 8, 8)).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringMatching(
        /Bits Allocated \(0028,0100\) is 8, and the samples of the stream have 1[26] bits/u,
      ),
    });
    await expect(read(stream, uid, 64, 64)).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringContaining('Bits Stored (0028,0101) is 64'),
    });
  });

  it('is refused for another size than the header states, by the name of each', async () => {
    const stream = await encode(encoder, samples(256), { bits: 8 });
    const wrong = { ...layout(8, 8), rows: rows + 1, columns: columns - 1 };
    await expect(encapsulatedFrame(stream, wrong, uid)).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringMatching(
        /Rows \(0028,0010\) is 17, and 16 in the stream; Columns \(0028,0011\) is 23, and 24 in the stream/u,
      ),
    });
  });
});

it('samples of 8 bits that a stream of HTJ2K says are signed keep their sign in more bits', async () => {
  const values = samples(256).map((value) => value - 128);
  const stream = await encode('encodeHtJpeg2000', values, { bits: 8, signed: true });
  const [uid] = LOSSLESS.encodeHtJpeg2000;
  for (const header of SIGNED) expect(await read(stream, uid, header[0], header[1], true)).toEqual(values);
});

/** By OpenJPEG, 32 x 32 samples of JPEG 2000, zero beyond the first few. */
const openJpeg = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const SIGNED_8 =
  '/0//UQApAAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABhwEB/1IADAAAAAEABQQEAAH/XAATQEBISFBISFBISFBISFBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjL/kAAKAAAAAAB4AAH/k8AhA6AIYA6CBwnA+QFAOhQHyAgFHQM/B+fB84WB8gSD6gMUuS3X9xVnEJ8SstDB84aH1A0D5wgU30lz5KsU3foQiX8SyscRx9oVD6gmD6gcHS0CdasQWbBk6xTojaxrpyewHxymJQ6AtzD/2Q==';
const BITS_24 =
  '/0//UQApAAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABFwEB/1IADAAAAAEABQQEAAH/XAATQMDIyNDIyNDIyNDIyNDIyND/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjL/kAAKAAAAAADZAAH/k8/88AgKFElvwAD/ADgAH+AOAA/8GAwFkb8IND8C4n/AAf9AAiAB/0GBoAB/4ACgB81NwfeuQz8H535+TR8E+LBNOcAB/0ACoAP/BgTAAf9BgcASCRCzpp2lRlXnEi6lsyrULox/FWOm0J3BX8AP/EgyAD/wwKgA/2JBABTnxGnEhcVy6lgM3xI1l34CF7x+Md8Sy6jMXg/HqcAf+MB8AP9iQZAB/0SCABI343gcOBL5gheUo/a5bxdgIIU53hrCjxfkfxSVTnGwo8hb/9k=';

it('samples of 8 bits that a stream of JPEG 2000 says are signed keep their sign in more bits', async () => {
  for (const header of SIGNED) {
    const own = { ...layout(header[0], header[1], true), rows: 32, columns: 32 };
    const { pixels } = await encapsulatedFrame(openJpeg(SIGNED_8), own, '1.2.840.10008.1.2.4.90');
    expect(Array.from(pixels.subarray(0, 9))).toEqual([-128, -5, 0, 1, 2, 127, -1, 3, 0]);
  }
});

it.each([24, 32])(
  'samples of 24 bits of JPEG 2000, which its decoder cuts off, are refused where %d are stored',
  async (stored) => {
    const own = { ...layout(32, stored), rows: 32, columns: 32 };
    await expect(encapsulatedFrame(openJpeg(BITS_24), own, '1.2.840.10008.1.2.4.90')).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringContaining('the samples of the stream have 24 bits'),
    });
  },
);

it.each(['encodeJpeg', 'encodeJpegLs'] as const)(
  'samples of 8 bits of %s, which says no sign, are refused where the header stores more bits with a sign',
  async (encoder) => {
    const stream = await encode(encoder, samples(256), { bits: 8 });
    const [uid] = LOSSLESS[encoder];
    await expect(read(stream, uid, 16, 12, true)).rejects.toMatchObject({
      code: 'dicom.pixel-data-mismatch',
      message: expect.stringContaining('Bits Stored (0028,0101) is 12'),
    });
  },
);

it.each([BASELINE, EXTENDED])(
  'a lossy stream read as %s is the same however many bits are allocated',
  async (uid) => {
    const values = Array.from({ length: rows * columns }, (_, index) => (index % columns) * 8);
    const stream = await encode('encodeJpeg', values, { bits: 8, lossy: true });
    const own = await read(stream, uid, 8, 8);
    const errors = own.map((value, index) => Math.abs(value - (values[index] ?? Number.NaN)));
    expect(Math.max(...errors)).toBeLessThan(16);
    for (const allocated of [16, 32, 64]) expect(await read(stream, uid, allocated, 8)).toEqual(own);
  },
);

it('RLE of another sample size or longer than the header says is refused by the names of what it contradicts', async () => {
  // One segment of 384 equal bytes: three runs of 128.
  const stream = new Uint8Array(72);
  new DataView(stream.buffer).setUint32(0, 1, true);
  new DataView(stream.buffer).setUint32(4, 64, true);
  stream.set([129, 7, 129, 7, 129, 7], 64);
  const uid = '1.2.840.10008.1.2.5';
  expect(await read(stream, uid, 8, 8)).toEqual(Array.from({ length: rows * columns }, () => 7));
  await expect(read(stream, uid, 16, 8)).rejects.toMatchObject({
    code: 'dicom.pixel-data-mismatch',
    message: expect.stringMatching(
      /Bits Allocated \(0028,0100\) is 16 .* the stream has 1 bytes to a pixel/u,
    ),
  });
  const long = new Uint8Array(128);
  long.set(stream);
  const small = { ...layout(8, 8), rows: 1 };
  await expect(encapsulatedFrame(long, small, uid)).rejects.toMatchObject({
    code: 'dicom.pixel-data-mismatch',
    message: expect.stringMatching(/Rows \(0028,0010\) and Columns/u),
  });
});

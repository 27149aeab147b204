import { describe, expect, it } from '@jest/globals';
import codecs from 'dcmjs-codecs';
import { buildDataset } from './build-dataset.js';
import { decodePixels } from './decode-pixels.js';
import { layoutOf } from './decoded-frame.js';
import { nativeFrame } from './native-pixels.js';
import { checkStreamValues } from './stream-values.js';

const UIDS = {
  encodeJpeg: '1.2.840.10008.1.2.4.70',
  encodeJpegLs: '1.2.840.10008.1.2.4.80',
  encodeJpeg2000: '1.2.840.10008.1.2.4.90',
  encodeHtJpeg2000: '1.2.840.10008.1.2.4.201',
} as const;
type Encoder = keyof typeof UIDS;

const WIDTH = 16;
const HEIGHT = 16;

/** Each call would load the codecs anew. */
let ready: Promise<unknown> | undefined;

async function encode(encoder: Encoder, bits: number, signed: boolean, values: number[]) {
  const { NativeCodecs, Context } = codecs;
  await (ready ??= NativeCodecs.initializeAsync());
  const samples = Int16Array.from({ length: WIDTH * HEIGHT }, (_, index) => values[index] ?? 0);
  const context = new Context({
    width: WIDTH,
    height: HEIGHT,
    bitsAllocated: 16,
    bitsStored: bits,
    samplesPerPixel: 1,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: new Uint8Array(samples.buffer),
  });
  return NativeCodecs[encoder](context, { lossy: false }).getEncodedBuffer() as Uint8Array;
}

function header(bitsStored: number, signed: boolean, more: Record<string, unknown> = {}) {
  return buildDataset({
    Rows: HEIGHT,
    Columns: WIDTH,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: bitsStored,
    HighBit: bitsStored - 1,
    PixelRepresentation: signed ? 1 : 0,
    ...more,
  });
}

async function read(encoder: Encoder, stream: Uint8Array, dataset: ReturnType<typeof header>) {
  const pixelData = { vr: 'OB', encapsulated: true, frames: [stream] };
  const part10 = { meta: {}, dataset, transferSyntaxUid: UIDS[encoder], pixelData };
  return Array.from((await decodePixels(part10)).pixels.subarray(0, 4));
}

const STORED = /Bits Stored \(0028,0101\) is (\d+), and the samples of the stream have (\d+) bits/u;
const SIGN = /Pixel Representation \(0028,0103\) is [01], (?:un)?signed, and the samples of the stream are/u;
const refusal = (named: RegExp) => ({
  code: 'dicom.pixel-data-mismatch',
  message: expect.stringMatching(named),
});
const encoders = Object.keys(UIDS) as Encoder[];

describe.each(encoders)('a stream of %s whose precision is not Bits Stored', (encoder) => {
  it('is refused where the header would cut values off', async () => {
    const stream = await encode(encoder, 16, false, [5000, 1, 2, 3]);
    await expect(read(encoder, stream, header(12, false))).rejects.toMatchObject(refusal(STORED));
    expect(await read(encoder, stream, header(16, false))).toEqual([5000, 1, 2, 3]);
    expect(await read(encoder, stream, header(13, false))).toEqual([5000, 1, 2, 3]);
  });

  it('is refused where the header would take another bit for the sign', async () => {
    const stream = await encode(encoder, 16, true, [-5000, 1, 2, 3]);
    await expect(read(encoder, stream, header(12, true))).rejects.toMatchObject(refusal(STORED));
    expect(await read(encoder, stream, header(14, true))).toEqual([-5000, 1, 2, 3]);
  });

  it('is read where each value fits', async () => {
    const unsigned = await encode(encoder, 12, false, [4095, 1, 2, 3]);
    expect(await read(encoder, unsigned, header(16, false))).toEqual([4095, 1, 2, 3]);
    const signed = await encode(encoder, 16, true, [-2048, 2047, -1, 3]);
    expect(await read(encoder, signed, header(12, true))).toEqual([-2048, 2047, -1, 3]);
  });

  it('is refused for bits above the stored ones, unless the header gives each to an overlay', async () => {
    const stream = await encode(encoder, 16, false, [0x4005, 0x2007, 2, 3]);
    const overlays = (...bits: number[]) =>
      Object.assign(
        header(12, false),
        ...bits.map((bit, index) => ({ [`600${index * 2}0102`]: { vr: 'US', Value: [bit] } })),
      );
    expect(await read(encoder, stream, overlays(14, 13))).toEqual([5, 7, 2, 3]);
    for (const dataset of [header(12, false), overlays(14), overlays(0, 14)]) {
      await expect(read(encoder, stream, dataset)).rejects.toMatchObject(refusal(STORED));
    }
  });
});

it.each(['encodeJpeg', 'encodeJpeg2000'] as const)(
  'a High Bit that shifts the values of a stream of %s is refused',
  async (encoder) => {
    const stream = await encode(encoder, 12, false, [16, 1, 2, 3]);
    await expect(read(encoder, stream, header(12, false, { HighBit: 15 }))).rejects.toMatchObject(
      refusal(/High Bit \(0028,0102\) is 15, and the samples of the stream have 12 bits/u),
    );
  },
);

describe('a stream and Pixel Representation', () => {
  it('contradict where JPEG-LS, which states no sign, has a negative value in fewer bits than stored', async () => {
    // By CharLS, 4 x 4 samples of 12 bits: 0xFFB, 1, 2, 2047, and zero.
    const stream = new Uint8Array(
      Buffer.from('/9j/9wALDAAEAAQBAREA/9oACAEBAAAAAEiXBAAAAAB/4kwIIAAAAAP/CB+A/9k=', 'base64'),
    );
    const size = { Rows: 4, Columns: 4 };
    await expect(read('encodeJpegLs', stream, header(16, true, size))).rejects.toMatchObject(refusal(STORED));
    expect(await read('encodeJpegLs', stream, header(12, true, size))).toEqual([-5, 1, 2, 2047]);
    expect(await read('encodeJpegLs', stream, header(16, false, size))).toEqual([0xffb, 1, 2, 2047]);
  });

  it.each(['encodeJpeg2000', 'encodeHtJpeg2000'] as const)(
    'contradict where the samples of %s are negative and the header says unsigned, or beyond its sign',
    async (encoder) => {
      const signed = await encode(encoder, 12, true, [-5, 1, 2, 3]);
      await expect(read(encoder, signed, header(12, false))).rejects.toMatchObject(refusal(SIGN));
      expect(await read(encoder, signed, header(16, true))).toEqual([-5, 1, 2, 3]);
      const unsigned = await encode(encoder, 16, false, [3000, 1, 2, 3]);
      await expect(read(encoder, unsigned, header(12, true))).rejects.toMatchObject(refusal(SIGN));
      const small = await encode(encoder, 16, false, [2047, 1, 2, 3]);
      expect(await read(encoder, small, header(12, true))).toEqual([2047, 1, 2, 3]);
    },
  );

  it("agree in two's complement that an unsigned stream of as many bits holds", async () => {
    const stream = await encode('encodeJpeg2000', 12, false, [0xffb, 1, 2, 3]);
    expect(await read('encodeJpeg2000', stream, header(12, true))).toEqual([-5, 1, 2, 3]);
  });

  it.each([12, 13])(
    "agree in two's complement of 16 bits where %d are stored, and each value fits",
    async (bits) => {
      const stream = await encode('encodeJpeg2000', 16, false, [-5, -1024, 2047, 3]);
      expect(await read('encodeJpeg2000', stream, header(bits, true))).toEqual([-5, -1024, 2047, 3]);
      const beyond = await encode('encodeJpeg2000', 16, false, [-5000, 1, 2, 3]);
      await expect(read('encodeJpeg2000', beyond, header(bits, true))).rejects.toMatchObject(refusal(SIGN));
      // Readers take these for 4091: their sign is not repeated, and the stream says that they have none.
      const cut = await encode('encodeJpeg2000', 16, false, [0xffb, 1, 2, 3]);
      await expect(read('encodeJpeg2000', cut, header(12, true))).rejects.toMatchObject(refusal(SIGN));
      await expect(read('encodeJpeg2000', stream, header(16, false))).resolves.toEqual([
        65_531, 64_512, 2047, 3,
      ]);
    },
  );

  it('agree in lossless JPEG whose signed samples are cut to the bits stored, all of them', async () => {
    const jpeg = (values: number[], precision = 16) => encode('encodeJpeg', precision, false, values);
    const cut = await jpeg([0xffb, 0xc00, 2047, 3]);
    expect(await read('encodeJpeg', cut, header(12, true))).toEqual([-5, -1024, 2047, 3]);
    expect(await read('encodeJpeg', cut, header(12, false))).toEqual([0xffb, 0xc00, 2047, 3]);
    for (const values of [
      [0xffb, -5, 2, 3],
      [0xffb, 0x1002, 2, 3],
    ]) {
      await expect(read('encodeJpeg', await jpeg(values), header(12, true))).rejects.toMatchObject(
        refusal(STORED),
      );
    }
    const narrow = await jpeg([0xffb, 1, 2, 3], 12);
    await expect(read('encodeJpeg', narrow, header(16, true))).rejects.toMatchObject(refusal(STORED));
  });

  it('contradict in JPEG-LS of more bits than are stored whose sign is not repeated, for readers differ', async () => {
    const stream = await encode('encodeJpegLs', 16, false, [0xffb, 1, 2, 3]);
    await expect(read('encodeJpegLs', stream, header(12, true))).rejects.toMatchObject(refusal(STORED));
    await expect(read('encodeJpegLs', stream, header(12, true))).rejects.toMatchObject(
      refusal(/ by it and Pixel Representation \(0028,0103\) 1/u),
    );
    const whole = await encode('encodeJpegLs', 16, false, [-5, 1, 2, 3]);
    expect(await read('encodeJpegLs', whole, header(12, true))).toEqual([-5, 1, 2, 3]);
  });
});

describe('what a cosine transform carries beyond the bits stored', () => {
  it('is clamped, and refused where it is too far for that', () => {
    const layout = layoutOf(header(10, false, { Rows: 1, Columns: 2 }));
    const read12 = (value: number) => {
      const bytes = new Uint8Array(Uint16Array.of(value, 7).buffer);
      const frame = nativeFrame(bytes, layout, 'OW', { overshoots: true });
      checkStreamValues({ rows: 1, columns: 2, samples: 1, precision: 12 }, bytes, layout, frame, true);
      return Array.from(frame.pixels);
    };
    expect(read12(1060)).toEqual([1023, 7]);
    expect(() => read12(2000)).toThrow(expect.objectContaining(refusal(STORED)));
  });
});

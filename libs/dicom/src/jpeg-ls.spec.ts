import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import fc from 'fast-check';
import { encapsulatedFrame } from './codecs.js';
import type { PixelLayout, Samples } from './decoded-frame.js';
import { jpegLsStream } from './jpeg-ls-streams.testing.js';
import type { JpegLsStream } from './jpeg-ls-streams.testing.js';

const LOSSLESS = '1.2.840.10008.1.2.4.80';
const NEAR_LOSSLESS = '1.2.840.10008.1.2.4.81';

const grey: PixelLayout = {
  rows: 6,
  columns: 10,
  samplesPerPixel: 1,
  bitsAllocated: 8,
  bitsStored: 8,
  highBit: 7,
  signed: false,
  planar: false,
  photometricInterpretation: 'MONOCHROME2',
};
const grey16: PixelLayout = { ...grey, bitsAllocated: 16, bitsStored: 16, highBit: 15 };
const signed12: PixelLayout = { ...grey16, bitsStored: 12, highBit: 11, signed: true };
const colour: PixelLayout = { ...grey, samplesPerPixel: 3, photometricInterpretation: 'RGB' };

const samples8 = Uint8Array.from({ length: 60 }, (_, index) => index * 37);
const samples16 = Uint16Array.from({ length: 60 }, (_, index) => index * 2741);
const samples12 = Int16Array.from({ length: 60 }, (_, index) => ((index * 137) % 4096) - 2048);
const colours = Uint8Array.from({ length: 180 }, (_, index) => index * 29);

describe('JPEG-LS', () => {
  it.each<[JpegLsStream, PixelLayout, Samples]>([
    ['grey8', grey, samples8],
    ['grey16', grey16, samples16],
    ['signed12', signed12, samples12],
    ['colourByPlane', colour, colours],
    ['colourByLine', colour, colours],
    ['colourBySample', colour, colours],
    // How a native frame would lie says nothing of a compressed one.
    ['colourByPlane', { ...colour, planar: true }, colours],
    ['colourByLine', { ...colour, planar: true }, colours],
  ])('decodes %s exactly, colour by pixel', async (name, layout, expected) => {
    const frame = await encapsulatedFrame(jpegLsStream(name), layout, LOSSLESS);
    expect(frame.pixels).toEqual(expected);
  });

  it.each<[JpegLsStream, PixelLayout, Samples, number]>([
    ['near16', grey16, samples16, 3],
    ['nearByPlane', colour, colours, 2],
    ['nearByLine', colour, colours, 2],
    ['nearBySample', colour, colours, 2],
  ])('decodes %s within what it may lose', async (name, layout, expected, near) => {
    const { pixels } = await encapsulatedFrame(jpegLsStream(name), layout, NEAR_LOSSLESS);
    const errors = Array.from(pixels, (value, index) => Math.abs(value - (expected[index] ?? Number.NaN)));
    expect(pixels).toHaveLength(expected.length);
    expect(Math.max(...errors)).toBe(near);
  });

  it.each(['YBR_FULL', 'YBR_FULL_422'])('leaves colour of %s as it is', async (photometricInterpretation) => {
    const layout = { ...colour, photometricInterpretation };
    const frame = await encapsulatedFrame(jpegLsStream('colourByPlane'), layout, LOSSLESS);
    expect(frame.pixels).toEqual(colours);
    expect(frame.photometricInterpretation).toBe('YBR_FULL');
  });

  it('refuses a stream that is cut off, has lost a part, or is rubbish, and decodes again after it', async () => {
    const [whole, planes] = [jpegLsStream('grey16'), jpegLsStream('colourByPlane')];
    const end = Uint8Array.of(0xff, 0xd9);
    const third = Buffer.from(planes).lastIndexOf(Buffer.of(0xff, 0xda));
    const bad: [Uint8Array, PixelLayout][] = [
      [whole.subarray(0, 0), grey16],
      ...[1, 30, 100, 152].map((length): [Uint8Array, PixelLayout] => [whole.subarray(0, length), grey16]),
      [joined(whole.subarray(0, 100), end), grey16],
      [joined(whole.subarray(0, 60), whole.subarray(90)), grey16],
      [joined(planes.subarray(0, third), end), colour],
      [
        joined(
          whole.subarray(0, 50),
          Uint8Array.from({ length: 200 }, (_, index) => index * 91),
          end,
        ),
        grey16,
      ],
    ];
    for (const [stream, layout] of bad) {
      await expect(encapsulatedFrame(stream, layout, LOSSLESS)).rejects.toMatchObject({
        code: 'dicom.pixels-undecodable',
      });
      expect((await encapsulatedFrame(planes, colour, LOSSLESS)).pixels).toEqual(colours);
    }
  });

  it('keeps the reason that the decoder gives', async () => {
    const stream = joined(jpegLsStream('grey16').subarray(0, 100), Uint8Array.of(0xff, 0xd9));
    const thrown: unknown = await encapsulatedFrame(stream, grey16, LOSSLESS).catch(
      (error: unknown) => error,
    );
    expect((thrown as Error).cause).toMatchObject({ message: expect.stringMatching(/JPEG-LS stream/u) });
  });

  it('gives a damaged stream a frame of the right size or its own error, and the next one its own picture', async () => {
    const position = fc.nat(jpegLsStream('grey16').length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1 }), async (damage) => {
        const stream = jpegLsStream('grey16');
        for (const [at, value] of damage) stream[at] = value;
        try {
          expect((await encapsulatedFrame(stream, grey16, LOSSLESS)).pixels).toHaveLength(60);
        } catch (thrown) {
          if (!(thrown instanceof PrelectorError)) throw thrown;
          expect(thrown.code).toMatch(/^dicom\.pixel/u);
        }
        const { pixels } = await encapsulatedFrame(jpegLsStream('grey8'), grey, LOSSLESS);
        expect(pixels).toEqual(samples8);
      }),
      // After each damaged stream the decoder is instantiated anew.
      { numRuns: 20 },
    );
  });
});

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

import { describe, expect, it } from '@jest/globals';
import type { DecodedFrame } from '@prelector/dicom';
import fc from 'fast-check';
import { ctSlice, manifestWith, rescaledManifest } from '../images.testing.js';
import { inputsOf, type ModelInput } from '../model-inputs.js';
import type { SourceFrame } from './input-step.js';

const manifest = manifestWith();
const frame = (pixels: Uint16Array | Int16Array, changes: Partial<DecodedFrame> = {}): DecodedFrame => ({
  rows: 3,
  columns: 4,
  samplesPerPixel: 1,
  bitsStored: 16,
  signed: pixels instanceof Int16Array,
  photometricInterpretation: 'MONOCHROME2',
  pixels,
  ...changes,
});
/** A slice whose stored values count up from 1024 + 12 z, so that HU count up through the volume. */
const slice = (z: number, changes: Record<string, unknown> = {}) => ({
  sopInstanceUid: `9.${z}`,
  attributes: ctSlice(z, changes),
  frame: frame(Uint16Array.from({ length: 12 }, (_, index) => 1024 + 12 * z + index)),
});
const begin = (given: typeof manifest, images: number, order?: readonly string[]) =>
  (inputsOf(given) as [ModelInput])[0].begin({ images, order });
const build = (slices: SourceFrame[], expected = slices.length, given = manifest) => {
  const builder = begin(given, expected);
  for (const one of slices) builder.add(one);
  return builder.finish().assembled;
};
const counting = (length: number) => Array.from({ length }, (_, index) => index);

describe('VolumeBuilder', () => {
  it('puts slices in order from feet to head, whatever the order in which they came', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), (order) => {
        const volume = build(order.map((z) => slice(z)));
        expect(volume.tensor.dims).toEqual([7, 3, 4]);
        expect([...(volume.tensor.data as Int16Array)]).toEqual(counting(84));
        expect(volume.order).toEqual([0, 1, 2, 3, 4, 5, 6].map((z) => `9.${z}`));
      }),
    );
  });

  it('gives the same volume whatever order was expected, and refuses what was not', () => {
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    fc.assert(
      fc.property(orders, orders, (expected, arriving) => {
        const builder = begin(
          manifest,
          5,
          expected.map((z) => `9.${z}`),
        );
        for (const z of arriving) builder.add(slice(z));
        const volume = builder.finish().assembled;
        expect([...(volume.tensor.data as Int16Array)]).toEqual(counting(60));
        expect(volume.order).toEqual([0, 1, 2, 3, 4].map((z) => `9.${z}`));
      }),
    );
    const builder = begin(manifest, 2, ['9.0', '9.1']);
    builder.add(slice(0));
    const incomplete = expect.objectContaining({ code: 'model.volume-incomplete' });
    expect(() => builder.add(slice(0))).toThrow(incomplete);
    expect(() => builder.add(slice(2))).toThrow(incomplete);
    expect(() => builder.finish()).toThrow(incomplete);
  });

  it('gives the voxel size between slices, rows and columns', () => {
    expect(build([slice(0), slice(1), slice(2)]).spacing).toEqual([1, 0.8, 0.7]);
  });

  it.each([0, 1, 3, 50])('takes five slices where %i were expected', (expected) => {
    const volume = build([slice(4), slice(2), slice(0), slice(1), slice(3)], expected);
    expect([...(volume.tensor.data as Int16Array)]).toEqual(counting(60));
  });

  it.each([
    ['mirrored', [-1, 0, 0, 0, 1, 0], (row: number, column: number) => [row, 3 - column]],
    ['upside down', [1, 0, 0, 0, -1, 0], (row: number, column: number) => [2 - row, column]],
    ['turned round', [-1, 0, 0, 0, -1, 0], (row: number, column: number) => [2 - row, 3 - column]],
  ] as const)('turns %s slices upright, still from feet to head', (_what, orientation, from) => {
    const volume = build([2, 0, 1].map((z) => slice(z, { ImageOrientationPatient: [...orientation] })));
    const expected = [0, 1, 2].flatMap((z) =>
      [0, 1, 2].flatMap((row) =>
        [0, 1, 2, 3].map((column) => {
          const [r, c] = from(row, column) as [number, number];
          return 12 * z + 4 * r + c;
        }),
      ),
    );
    expect([...(volume.tensor.data as Int16Array)]).toEqual(expected);
    expect(volume.order).toEqual(['9.0', '9.1', '9.2']);
  });

  it('replaces padding and rounds, and refuses values beyond 16 bits instead of cutting them off', () => {
    const stored = (most: number) => Int16Array.from([-2000, 0, 1, 2, 3, most, 0, 0, 0, 0, 0, 0]);
    const changes = {
      RescaleSlope: 1.5,
      RescaleIntercept: 0,
      PixelPaddingValue: -2000,
      PixelRepresentation: 1,
    };
    const slices = (most: number) =>
      [0, 1].map((z) => ({ ...slice(z, changes), frame: frame(stored(most)) }));
    const data = [...(build(slices(21_844)).tensor.data as Int16Array)];
    expect(data.slice(0, 6)).toEqual([-1024, 0, 2, 3, 5, 32_766]);
    expect(() => build(slices(21_846))).toThrow(
      expect.objectContaining({
        code: 'model.values-unusable',
        message: expect.stringContaining('Rescale Slope (0028,1053) "1.5"'),
      }),
    );
  });

  it('says of how many images it rounds the values, and of a float volume nothing', () => {
    const slices = [0, 1, 2].map((z) => slice(z, { RescaleSlope: z === 1 ? 0.5 : 2, RescaleIntercept: 0 }));
    const note = 'the model reads whole numbers, to which the values of 1 of 3 images were rounded';
    expect(build(slices).notes).toEqual([note]);
    expect(build(slices, 3, rescaledManifest({ volume: { type: 'int16' } })).notes).toEqual([note]);
    expect(build(slices, 3, rescaledManifest({ volume: { type: 'float32' } })).notes).toEqual([]);
  });

  it('keeps fractions in a float volume', () => {
    const float = rescaledManifest({ volume: { type: 'float32' } });
    const slices = [0, 1].map((z) => slice(z, { RescaleSlope: 0.5, RescaleIntercept: 0 }));
    expect([...(build(slices, 2, float).tensor.data as Float32Array)].slice(0, 3)).toEqual([512, 512.5, 513]);
  });

  it('refuses a volume with a missing slice, and names where', () => {
    expect(() => build([slice(0), slice(1), slice(2), slice(4), slice(5)])).toThrow(
      expect.objectContaining({
        code: 'model.volume-incomplete',
        message: expect.stringContaining('between 2.00 mm and 4.00 mm'),
      }),
    );
  });

  it.each<[string, () => unknown]>([
    ['nothing at all', () => build([])],
    ['a slice without a position', () => build([slice(0, { ImagePositionPatient: undefined })])],
    ['too few pixels', () => build([{ ...slice(0), frame: frame(new Uint16Array(11)) }])],
    [
      'slices of several sizes',
      () => build([slice(0), { ...slice(1), frame: frame(new Uint16Array(16), { rows: 4 }) }]),
    ],
    [
      'mixed orientation',
      () => build([slice(0), slice(1), slice(2, { ImageOrientationPatient: [0, 1, 0, -1, 0, 0] })]),
    ],
  ])('refuses %s', (_what, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'model.volume-incomplete' }));
  });

  it.each<[string, () => unknown]>([
    [
      'an image is in colour',
      () => build([{ ...slice(0), frame: frame(new Uint16Array(36), { samplesPerPixel: 3 }) }]),
    ],
    ['Rescale Slope (0028,1053) is absent', () => build([slice(0), slice(1, { RescaleSlope: undefined })])],
    [
      'images of several kinds in one series: image of one spectrum; virtual monoenergetic image at 40 keV',
      () =>
        build([
          slice(0),
          slice(1, {
            ImageType: ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'],
            MonoenergeticEnergyEquivalent: 40,
            RescaleType: 'HU',
          }),
        ]),
    ],
    [
      'images of several units in one volume: Rescale Type (0028,1054) is "US" on some and absent on others',
      () => build([slice(0, { RescaleType: 'US' }), slice(1)], 2, rescaledManifest()),
    ],
    [
      'images of several units in one volume: Units (0054,1001) is "BQML" on some and "CNTS" on others',
      () => build([slice(0, { Units: 'BQML' }), slice(1, { Units: 'CNTS' })], 2, rescaledManifest()),
    ],
  ])('judges the values of each image: %s', (message, attempt) => {
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'model.values-unusable', message: expect.stringContaining(message) }),
    );
  });

  it('refuses more voxels than the manifest takes before it asks for the memory', () => {
    const small = manifestWith({
      input: { ...manifest.input, volume: { ...manifest.input.volume, maximumVoxels: 24 } },
    });
    expect(() => build([slice(0), slice(1), slice(2)], 1, small)).toThrow(
      expect.objectContaining({ code: 'model.volume-too-large' }),
    );
    expect(() => begin(small, 1e9).add(slice(0))).toThrow(
      expect.objectContaining({ code: 'model.volume-too-large' }),
    );
  });
});

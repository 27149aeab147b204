import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import type { DecodedFrame, Samples } from './decoded-frame.js';
import { paddingOf, rescaled, rescaleOf } from './rescale.js';

const frame = (pixels: Samples): DecodedFrame => ({
  rows: 1,
  columns: pixels.length,
  samplesPerPixel: 1,
  bitsStored: 16,
  signed: pixels instanceof Int16Array,
  photometricInterpretation: 'MONOCHROME2',
  pixels,
});
const hu = { RescaleSlope: '1', RescaleIntercept: '-1024', RescaleType: 'HU' };

describe('rescaled', () => {
  it('gives whole numbers as Int16Array where they fit, else Float32Array', () => {
    const dataset = buildDataset(hu);
    expect(rescaleOf(dataset)).toEqual({ slope: 1, intercept: -1024, type: 'HU' });
    expect(rescaled(frame(Uint16Array.of(0, 1024, 4095)), dataset)).toEqual(Int16Array.of(-1024, 0, 3071));
    expect(rescaled(frame(Uint16Array.of(0, 65_535)), dataset)).toEqual(Float32Array.of(-1024, 64_511));
    expect(
      rescaled(frame(Int16Array.of(2, 4)), buildDataset({ RescaleSlope: 0.5, RescaleIntercept: 1 })),
    ).toEqual(Float32Array.of(2, 3));
    expect(rescaled(frame(Int16Array.of(-32_768, 32_767)), {})).toEqual(Int16Array.of(-32_768, 32_767));
  });

  it('takes the rescale of each frame from its functional groups', () => {
    const group = (intercept: number) => ({
      PixelValueTransformationSequence: [{ RescaleSlope: 1, RescaleIntercept: intercept }],
    });
    const dataset = buildDataset({
      NumberOfFrames: 2,
      SharedFunctionalGroupsSequence: [{}],
      PerFrameFunctionalGroupsSequence: [group(-1000), group(10)],
    });
    expect(rescaled(frame(Int16Array.of(1)), dataset, 0)).toEqual(Int16Array.of(-999));
    expect(rescaled(frame(Int16Array.of(1)), dataset, 1)).toEqual(Int16Array.of(11));
  });

  it('uses a modality LUT, held at its ends', () => {
    const lut = { LUTDescriptor: [3, 10, 16], LUTData: { vr: 'OW', bytes: Uint8Array.of(0, 0, 5, 0, 0, 1) } };
    const dataset = buildDataset({ ModalityLUTSequence: [lut] });
    expect(rescaled(frame(Uint16Array.of(0, 10, 11, 12, 99)), dataset)).toEqual(
      Float32Array.of(0, 0, 5, 256, 256),
    );
  });

  it('replaces padding, also written with the wrong sign, and ranges of it', () => {
    const dataset = buildDataset({
      ...hu,
      PixelRepresentation: 1,
      PixelPaddingValue: { vr: 'US', Value: [63_536] },
      PixelPaddingRangeLimit: { vr: 'SS', Value: [-1990] },
    });
    expect(paddingOf(dataset)).toEqual({ from: -2000, to: -1990 });
    expect(paddingOf({})).toBeUndefined();
    const stored = frame(Int16Array.of(-2000, -1995, -1989, 0));
    expect(rescaled(stored, dataset, 0, -3000)).toEqual(Int16Array.of(-3000, -3000, -3013, -1024));
    expect(rescaled(stored, dataset)).toEqual(Int16Array.of(-3024, -3019, -3013, -1024));
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import type { DecodedFrame, Samples } from './decoded-frame.js';
import { paddingOf } from './pixel-padding.js';
import { modalityTransform, rescaled } from './rescale.js';

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
    expect(modalityTransform(dataset)).toEqual({ kind: 'linear', slope: 1, intercept: -1024, stated: true });
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

  it('lets a modality LUT win over a rescale that changes nothing, as pydicom does', () => {
    const lut = { LUTDescriptor: [3, 10, 8], LUTData: { vr: 'US', Value: [7, 8, 9] } };
    const both = (slope: string, intercept: string) =>
      buildDataset({ ModalityLUTSequence: [lut], RescaleSlope: slope, RescaleIntercept: intercept });
    expect(rescaled(frame(Uint16Array.of(9, 11, 99)), both('1', '0'))).toEqual(Float32Array.of(7, 8, 9));
    expect(() => modalityTransform(both('1', '-1024'))).toThrow(/Modality LUT Sequence \(0028,3000\)/u);
  });

  it.each([
    ['signed entries below zero', [2, 0xfffe, 16], Uint8Array.of(1, 0, 2, 0), 1, [1, 1, 2]],
    ['eight bits, two entries to a word', [3, 0, 8], Uint8Array.of(5, 6, 7, 0), 0, [5, 6, 7]],
    ['eight bits, one entry to a word', [3, 0, 8], Uint8Array.of(5, 0, 6, 0, 7, 0), 0, [5, 6, 7]],
  ])('reads a table of %s', (_what, descriptor, bytes, representation, expected) => {
    const dataset = buildDataset({
      PixelRepresentation: representation,
      ModalityLUTSequence: [{ LUTDescriptor: descriptor, LUTData: { vr: 'OW', bytes } }],
    });
    const stored = representation === 1 ? Int16Array.of(-3, -2, -1) : Uint16Array.of(0, 1, 2);
    expect([...rescaled(frame(stored), dataset)]).toEqual(expected);
  });

  it('reads 0 entries as 65,536', () => {
    const bytes = new Uint8Array(0x20000);
    bytes.set([0x34, 0x12], 0x1fffe);
    const lut = { LUTDescriptor: [0, 0, 16], LUTData: { vr: 'OW', bytes } };
    const values = rescaled(frame(Uint16Array.of(0, 0xffff)), buildDataset({ ModalityLUTSequence: [lut] }));
    expect([...values]).toEqual([0, 0x1234]);
  });

  const lutOf = (item: Record<string, unknown>) => ({ ModalityLUTSequence: [item] });
  it.each([
    ['LUT Descriptor (0028,3002) is absent', lutOf({ LUTData: { vr: 'US', Value: [1] } })],
    ['LUT Descriptor (0028,3002)', lutOf({ LUTDescriptor: [1, 0], LUTData: { vr: 'US', Value: [1] } })],
    ['LUT Data (0028,3006)', lutOf({ LUTDescriptor: [3, 0, 16], LUTData: { vr: 'US', Value: [1, 2] } })],
    ['LUT Data (0028,3006)', lutOf({ LUTDescriptor: [1, 0, 8], LUTData: { vr: 'US', Value: [256] } })],
    [
      'Rescale Intercept (0028,1052) cannot be read as a number: `-1024,0`',
      { RescaleSlope: '1', RescaleIntercept: '-1024,0' },
    ],
    [
      'Rescale Slope (0028,1053) cannot be read as a number: `1\\2`',
      { RescaleSlope: ['1', '2'], RescaleIntercept: '0' },
    ],
    ['Rescale Slope (0028,1053) is "0"', { RescaleSlope: '0', RescaleIntercept: '0' }],
    ['Rescale Slope (0028,1053) is absent', { RescaleIntercept: '-1024' }],
    ['Rescale Intercept (0028,1052) is absent', { RescaleSlope: '1' }],
    ['Rescale Intercept (0028,1052) is empty', { RescaleSlope: '1', RescaleIntercept: '' }],
    ['Rescale Slope (0028,1053) is empty', { RescaleSlope: '  ', RescaleIntercept: '0' }],
    [
      'Pixel Padding Value (0028,0120) cannot be read as a number: text of 1 character',
      { PixelPaddingValue: { vr: 'LO', Value: ['x'] } },
    ],
  ])('refuses with %s', (message, attributes) => {
    const attempt = () => rescaled(frame(Uint16Array.of(1)), buildDataset(attributes), 0, -1024);
    expect(attempt).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
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

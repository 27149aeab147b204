import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { numbersOf, stringsOf } from './dataset.js';
import { frameCount, frameDataset } from './frames.js';
import { planeOf } from './plane.js';
import { tags } from './tags.js';

const enhanced = buildDataset({
  Modality: 'CT',
  NumberOfFrames: 2,
  Rows: 4,
  Columns: 4,
  ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED'],
  SharedFunctionalGroupsSequence: [
    {
      PixelMeasuresSequence: [{ PixelSpacing: [0.5, 0.5], SliceThickness: 2 }],
      PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
      CTImageFrameTypeSequence: [{ FrameType: ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'] }],
    },
  ],
  PerFrameFunctionalGroupsSequence: [
    { PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 10] }] },
    {
      PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 12] }],
      PixelMeasuresSequence: [{ PixelSpacing: [0.5, 0.5], SliceThickness: 3 }],
    },
  ],
});

describe('frameDataset', () => {
  it('looks like a classic image, the frame winning over what is shared', () => {
    const [first, second] = [frameDataset(enhanced, 0), frameDataset(enhanced, 1)];
    expect(planeOf(first)?.imagePosition).toEqual([0, 0, 10]);
    expect(planeOf(second)?.imagePosition).toEqual([0, 0, 12]);
    expect(numbersOf(first, tags.SliceThickness)).toEqual([2]);
    expect(numbersOf(second, tags.SliceThickness)).toEqual([3]);
    expect(stringsOf(first, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE']);
    expect(frameCount(first)).toBe(1);
  });

  it('leaves a classic image as it is, and the enhanced one unchanged', () => {
    const classic = buildDataset({ Rows: 4 });
    expect(frameDataset(classic, 0)).toBe(classic);
    expect(frameCount(enhanced)).toBe(2);
    expect(enhanced[tags.SliceThickness]).toBeUndefined();
  });

  it.each([-1, 2, 0.5])('has no frame %p', (index) => {
    expect(() => frameDataset(enhanced, index)).toThrow(
      expect.objectContaining({ code: 'dicom.no-such-frame' }),
    );
  });
});

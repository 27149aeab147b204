import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { normalOf, planeOf, readPlane } from './plane.js';

const ct = (more: Record<string, unknown> = {}) =>
  buildDataset({
    ImagePositionPatient: ['-100', '-100', '50'],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [0.7, 0.8],
    Rows: 512,
    Columns: 256,
    FrameOfReferenceUID: '1.2',
    ...more,
  });

describe('planeOf', () => {
  it('reads a plane', () => {
    const plane = planeOf(ct());
    expect(plane).toEqual({
      imagePosition: [-100, -100, 50],
      imageOrientation: [1, 0, 0, 0, 1, 0],
      pixelSpacing: [0.7, 0.8],
      rows: 512,
      columns: 256,
      frameOfReferenceUid: '1.2',
    });
    expect(plane && normalOf(plane)).toEqual([0, 0, 1]);
  });

  it('makes directions unit vectors', () => {
    const plane = planeOf(ct({ ImageOrientationPatient: [0, 1.009, 0, 0, 0, -0.991] }));
    expect(plane?.imageOrientation).toEqual([0, 1, 0, 0, 0, -1]);
    expect(plane && normalOf(plane)).toEqual([-1, 0, 0]);
  });

  it.each([
    { ImagePositionPatient: undefined },
    { ImagePositionPatient: [1, 2] },
    { ImageOrientationPatient: [0, 0, 0, 0, 1, 0] },
    { ImageOrientationPatient: [1, 0, 0, 1, 0, 0] },
    { ImageOrientationPatient: [2, 0, 0, 0, 2, 0] },
    { ImageOrientationPatient: [1, 0, 0, 0, 0.98, 0] },
    { PixelSpacing: [0, 1] },
    { PixelSpacing: undefined },
    { Rows: undefined },
  ])('gives none for %p', (more) => {
    expect(planeOf(ct(more))).toBeUndefined();
  });
});

describe('readPlane', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['absent', { PixelSpacing: undefined }, 'Pixel Spacing (0028,0030) is not stated'],
    [
      'with commas',
      { PixelSpacing: ['0,7', '0,7'] },
      'Pixel Spacing (0028,0030) cannot be read as numbers: `0,7\\0,7`',
    ],
    ['too few', { PixelSpacing: ['0.7'] }, 'Pixel Spacing (0028,0030) holds 1 number, not 2'],
    ['zero', { PixelSpacing: [0, 1] }, 'Pixel Spacing (0028,0030) is no size of pixels: `0\\1`'],
    [
      'one of them no number',
      { ImagePositionPatient: ['x', '1', '2', '3'] },
      'Image Position (Patient) (0020,0032) cannot be read as numbers: text of 7 characters',
    ],
    [
      'absurdly far',
      { ImagePositionPatient: [0, 0, 1e300] },
      'Image Position (Patient) (0020,0032) lies further off than any patient',
    ],
    [
      'directions that are no unit vectors',
      { ImageOrientationPatient: [2, 0, 0, 0, 2, 0] },
      'Image Orientation (Patient) (0020,0037) is not two directions of length 1',
    ],
    [
      'aslant',
      { ImageOrientationPatient: [1, 0, 0, 1, 0, 0] },
      'Image Orientation (Patient) (0020,0037) is not two directions at right angles',
    ],
    ['of no size', { Rows: 0 }, 'Rows (0028,0010) is `0`'],
  ])('names the attribute that is %s', (_what, more, sentence) => {
    expect(readPlane(ct(more))).toEqual({ problem: sentence });
  });
});

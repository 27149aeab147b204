import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { normalOf, planeOf } from './plane.js';

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
    const plane = planeOf(ct({ ImageOrientationPatient: [0, 2, 0, 0, 0, -2] }));
    expect(plane?.imageOrientation).toEqual([0, 1, 0, 0, 0, -1]);
    expect(plane && normalOf(plane)).toEqual([-1, 0, 0]);
  });

  it.each([
    { ImagePositionPatient: undefined },
    { ImagePositionPatient: [1, 2] },
    { ImageOrientationPatient: [0, 0, 0, 0, 1, 0] },
    { ImageOrientationPatient: [1, 0, 0, 1, 0, 0] },
    { PixelSpacing: [0, 1] },
    { PixelSpacing: undefined },
    { Rows: undefined },
  ])('gives none for %p', (more) => {
    expect(planeOf(ct(more))).toBeUndefined();
  });
});

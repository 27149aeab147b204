import { describe, expect, it } from '@jest/globals';
import { ctSlice, manifestWith } from './images.testing.js';
import { isRead } from './image-type.js';

const { selection } = manifestWith().input;
const readBy = (imageType: { exclude?: string[]; require?: string[] }, changes: Record<string, unknown>) =>
  isRead({ ...selection, imageType: { exclude: [], require: [], ...imageType } }, ctSlice(0, changes));

const PLAIN = ['ORIGINAL', 'PRIMARY', 'AXIAL'];

describe('the types that a model reads', () => {
  it.each<[string, string[], boolean]>([
    ['MPR', ['DERIVED', 'PRIMARY', 'mpr'], false],
    ['MPR', ['DERIVED', 'PRIMARY', 'CSA MPR'], true],
    ['*MPR*', ['DERIVED', 'PRIMARY', 'CSA MPR'], false],
    ['MAX?IP', ['DERIVED', 'PRIMARY', 'MAX_IP'], false],
    ['MAX?IP', ['DERIVED', 'PRIMARY', 'MAXIP'], true],
    ['DERIVED\\SECOND*', ['DERIVED', 'SECONDARY', 'AXIAL'], false],
    ['DERIVED\\SECOND*', ['DERIVED', 'PRIMARY', 'AXIAL'], true],
    ['*', PLAIN, false],
  ])('%s leaves out what matches it as a whole: %j', (exclude, types, read) => {
    expect(readBy({ exclude: [exclude] }, { ImageType: types })).toBe(read);
    expect(readBy({ require: [exclude] }, { ImageType: types })).toBe(!read);
  });

  it('count the calculation behind a frame, where there was one', () => {
    const exclude = ['MAX?IP'];
    const types = { ImageType: [...PLAIN, 'NONE'] };
    expect(readBy({ exclude }, { ...types, VolumeBasedCalculationTechnique: 'MAX_IP' })).toBe(false);
    expect(readBy({ exclude }, { ...types, VolumeBasedCalculationTechnique: 'MIXED' })).toBe(false);
    expect(readBy({ exclude }, { ...types, VolumeBasedCalculationTechnique: 'NONE' })).toBe(true);
    expect(readBy({ exclude }, types)).toBe(true);
    const none = { exclude: ['NONE'] };
    expect(readBy(none, { ImageType: PLAIN, VolumeBasedCalculationTechnique: 'NONE' })).toBe(true);
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['DISTORTED', { VolumetricProperties: 'DISTORTED' }, false],
    ['SAMPLED', { VolumetricProperties: 'SAMPLED' }, false],
    ['SAMPLED', { VolumetricProperties: 'VOLUME' }, true],
    ['VOLUME', { VolumetricProperties: 'VOLUME' }, true],
    ['CONSTANT_ANGLE', { AcquisitionType: 'CONSTANT_ANGLE' }, false],
    ['CONSTANT_ANGLE', { AcquisitionType: 'SPIRAL' }, true],
    ['SPIRAL', { AcquisitionType: 'SPIRAL' }, true],
    ['NOTHING', { VolumetricProperties: 'MIXED' }, false],
  ])('count, where %s is left out, %j', (exclude, stated, read) => {
    expect(readBy({ exclude: [exclude] }, { ImageType: PLAIN, ...stated })).toBe(read);
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { contentDigest } from './content-digest.js';
import { datasetFromJson } from './dataset-from-json.js';
import { tags } from './tags.js';

const pixels = Int16Array.of(1, 2, 3);
const named = [tags.SliceThickness, tags.ConvolutionKernel, tags.ContrastBolusAgent];
const base = buildDataset({ SliceThickness: '1.50', ConvolutionKernel: 'B30', PatientID: 'A' });
const digest = contentDigest(pixels, base, named);

describe('contentDigest', () => {
  it('is the same for the same content spelled otherwise', () => {
    const answer = datasetFromJson({
      '00181210': { Value: ['B30 '] },
      '00180050': { vr: 'DS', Value: [1.5] },
      '00180010': { vr: 'LO' },
      '00100020': { vr: 'LO', Value: ['B'] },
    });
    expect(contentDigest(Int16Array.from(pixels), answer, [...named].reverse())).toBe(digest);
  });

  it('differs for other pixels, another value, and attributes that are now empty', () => {
    const changed = [
      contentDigest(Int16Array.of(1, 2, 4), base, named),
      contentDigest(pixels, { ...base, ...buildDataset({ SliceThickness: 3 }) }, named),
      contentDigest(pixels, { ...base, ...buildDataset({ ConvolutionKernel: '' }) }, named),
      contentDigest(pixels, { ...base, ...buildDataset({ ContrastBolusAgent: 'x' }) }, named),
    ];
    expect(new Set([digest, ...changed]).size).toBe(5);
  });

  it('tells text that looks like a number from the number', () => {
    const id = (PatientID: string) => contentDigest(pixels, buildDataset({ PatientID }), [tags.PatientID]);
    expect(id('007')).not.toBe(id('7'));
  });
});

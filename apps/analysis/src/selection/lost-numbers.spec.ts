import { describe, expect, it } from '@jest/globals';
import { datasetFromJson } from '@prelector/dicom';
import { losesNumbers } from './lost-numbers.js';

const item = (dataset: object) => ({ '00289145': { vr: 'SQ', Value: [dataset] } });
const lost = { '00281052': { vr: 'DS', Value: [] } };

describe('metadata that lose numbers', () => {
  it.each<[string, object]>([
    ['a Decimal String', lost],
    ['an Integer String', { '00200012': { vr: 'IS', Value: [] } }],
    ['one whose VR is not told', { '00281052': { Value: [] } }],
    ['one among others', { '00281053': { vr: 'DS', Value: [1] }, ...lost }],
    ['one of a frame', item(item(lost))],
  ])('hold an empty array in place of %s', (_what, metadata) => {
    expect(losesNumbers(datasetFromJson(metadata))).toBe(true);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['a number', { '00281052': { vr: 'DS', Value: [-1024] } }],
    ['zero', { '00281052': { vr: 'DS', Value: [0] } }],
    ['an attribute that is empty in the file', { '00281052': { vr: 'DS' } }],
    ['an empty value', { '00281052': { vr: 'DS', Value: [null] } }],
    ['an empty text', { '00080050': { vr: 'SH', Value: [] } }],
    ['an empty sequence', { '00289145': { vr: 'SQ', Value: [] } }],
    ['a frame whose numbers are there', item({ '00281052': { vr: 'DS', Value: [-1024] } })],
  ])('are not those with %s', (_what, metadata) => {
    expect(losesNumbers(datasetFromJson(metadata))).toBe(false);
  });
});

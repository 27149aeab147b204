import { describe, expect, it } from '@jest/globals';
import { datasetFromJson } from '@prelector/dicom';
import { leavesOut, losesValues, mattersIn } from './lost-values.js';

const item = (dataset: object) => ({ '00289145': { vr: 'SQ', Value: [dataset] } });
const lost = { '00281052': { vr: 'DS', Value: [] } };

describe('metadata that lose values', () => {
  it.each<[string, object]>([
    ['a Decimal String', lost],
    ['an Integer String', { '00200012': { vr: 'IS', Value: [] } }],
    ['one whose VR is not told', { '00281052': { Value: [] } }],
    ['one among others', { '00281053': { vr: 'DS', Value: [1] }, ...lost }],
    ['one of a frame', item(item(lost))],
    ['a number that stands elsewhere', { '00281053': { vr: 'DS', BulkDataURI: 'bulk/1' } }],
    ['the descriptor of a lookup table', { '00283000': { vr: 'SQ', Value: [{ '00283004': { vr: 'LO' } }] } }],
    ['a number of another kind', { '00280010': { vr: 'US', Value: ['512.0'] } }],
  ])('hold nothing to be read in place of %s', (_what, metadata) => {
    expect(losesValues(datasetFromJson(metadata))).toBe(true);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    [
      'a lookup table and its descriptor',
      { '00283000': { vr: 'SQ', Value: [{ '00283002': { vr: 'US', Value: [4, 0, 16] } }] } },
    ],
    ['a number', { '00281052': { vr: 'DS', Value: [-1024] } }],
    ['zero', { '00281052': { vr: 'DS', Value: [0] } }],
    ['an attribute that is empty in the file', { '00281052': { vr: 'DS' } }],
    ['an empty value', { '00281052': { vr: 'DS', Value: [null] } }],
    ['an empty text', { '00080050': { vr: 'SH', Value: [] } }],
    ['a private one that is lost', { '00091001': { vr: 'FL', Value: ['abc'] } }],
    ['an empty sequence', { '00289145': { vr: 'SQ', Value: [] } }],
    ['a frame whose numbers are there', item({ '00281052': { vr: 'DS', Value: [-1024] } })],
  ])('are not those with %s', (_what, metadata) => {
    expect(losesValues(datasetFromJson(metadata))).toBe(false);
  });
});

describe('metadata that leave values out', () => {
  const numbers = (tag: string, count: number) => ({
    [tag]: { vr: 'DS', Value: Array.from({ length: count }, () => 1) },
  });
  const whole = {
    ...numbers('00200032', 3),
    ...numbers('00200037', 6),
    ...numbers('00280030', 2),
    ...numbers('00281052', 1),
    ...numbers('00281053', 1),
  };

  it.each([
    ['00200032', {}],
    ['00281053', { '00281053': { vr: 'DS', Value: [null] } }],
    ['00281052', { '00281052': { vr: 'DS' } }],
  ])('of a CT say nothing of (%s)', (tag, member) => {
    const { [tag]: _left, ...rest } = whole;
    expect(leavesOut(datasetFromJson({ ...rest, ...member }), mattersIn('CT'))).toEqual([tag]);
  });

  it('are none that state all of it, or have frames to state it', () => {
    expect(leavesOut(datasetFromJson(whole), mattersIn('CT'))).toEqual([]);
    const framed = { '52009230': { vr: 'SQ', Value: [{}] } };
    expect(leavesOut(datasetFromJson(framed), mattersIn('CT'))).toEqual([]);
  });
});

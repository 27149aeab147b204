import { describe, expect, it } from '@jest/globals';
import { dictionary } from 'dcmjs/dictionary';
import { keywordOf, tagOf, vrOf } from './dictionary.js';
import { tags } from './tags.js';

describe('dictionary', () => {
  it('agrees with every tag named in code', () => {
    const wrong = Object.entries(tags).filter(([keyword, tag]) => {
      const entry = dictionary[`(${tag.slice(0, 4)},${tag.slice(4)})`];
      return entry?.name.replace('RETIRED_', '') !== keyword;
    });
    expect(wrong).toEqual([]);
  });

  it('finds tags by keyword and keywords by tag', () => {
    expect(tagOf('GantryDetectorTilt')).toBe('00181120');
    expect(tagOf('DataSetTrailingPadding')).toBe('FFFCFFFC');
    expect(keywordOf('00080016')).toBe('SOPClassUID');
    expect(keywordOf('00091001')).toBeUndefined();
    expect(() => tagOf('PatientsName')).toThrow(expect.objectContaining({ code: 'dicom.unknown-keyword' }));
  });

  it.each([
    ['00100010', 'PN'],
    ['7FE00010', 'OW'],
    ['00280106', 'US'],
    ['00090010', 'LO'],
    ['00091001', 'UN'],
    ['00080000', 'UL'],
    ['60020010', 'US'],
    ['60023000', 'OW'],
    ['0008FFFE', 'UN'],
  ])('knows %s as %s', (tag, vr) => {
    expect(vrOf(tag)).toBe(vr);
  });
});

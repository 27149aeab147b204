import { describe, expect, it } from '@jest/globals';
import { buildDataset, codeItem } from './build-dataset.js';
import { code } from './code.js';
import { tags } from './tags.js';

describe('buildDataset', () => {
  it('takes the VR from the dictionary and leaves out what is undefined', () => {
    expect(
      buildDataset({
        PatientName: 'Doe^Jané=山',
        StudyDate: '20240131',
        Rows: 512,
        SliceThickness: [5],
        SelectorATValue: '00100020',
        PatientID: '',
        AccessionNumber: [],
        StudyID: undefined,
        StudyDescription: null,
        '00091001': { vr: 'UN', bytes: Uint8Array.of(1) },
      }),
    ).toEqual({
      [tags.PatientName]: { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jané', Ideographic: '山' }] },
      [tags.StudyDate]: { vr: 'DA', Value: ['20240131'] },
      [tags.Rows]: { vr: 'US', Value: [512] },
      [tags.SliceThickness]: { vr: 'DS', Value: [5] },
      '00720060': { vr: 'AT', Value: ['00100020'] },
      [tags.PatientID]: { vr: 'LO' },
      [tags.AccessionNumber]: { vr: 'SH' },
      [tags.StudyDescription]: { vr: 'LO' },
      '00091001': { vr: 'UN', bytes: Uint8Array.of(1) },
    });
  });

  it('makes sequences of concepts, keywords and data sets', () => {
    const uid = buildDataset({ ReferencedSOPInstanceUID: '1.2' });
    const dataset = buildDataset({
      ConceptNameCodeSequence: code('121071', 'DCM', 'Finding'),
      ContentSequence: [{ TextValue: 'a', ConceptNameCodeSequence: code('1', '99X', 'x') }, {}],
      ReferencedSOPSequence: [uid],
    });
    expect(dataset[tags.ConceptNameCodeSequence]?.Value).toEqual([
      codeItem(code('121071', 'DCM', 'Finding')),
    ]);
    expect(dataset[tags.ContentSequence]?.Value?.[1]).toEqual({});
    expect(dataset[tags.ReferencedSOPSequence]?.Value?.[0]).toBe(uid);
  });

  it('puts long codes and URNs where they belong', () => {
    const long = codeItem(code('12345678901234567', 'SCT', 'long'));
    expect(Object.keys(long)).toContain(tags.LongCodeValue);
    const urn = codeItem({ ...code('urn:oid:1.2', '', 'urn'), schemeVersion: '1' });
    expect(urn).toEqual(
      buildDataset({ URNCodeValue: 'urn:oid:1.2', CodingSchemeVersion: '1', CodeMeaning: 'urn' }),
    );
  });

  it.each([
    ['Rows', 'many', 'dicom.invalid-value'],
    ['PatientName', 7, 'dicom.invalid-value'],
    ['ContentSequence', 'text', 'dicom.invalid-value'],
    ['PixelData', 'text', 'dicom.invalid-value'],
    ['StudyDate', new Date(0), 'dicom.invalid-value'],
    ['Nonsense', 'x', 'dicom.unknown-keyword'],
  ])('refuses %s of the wrong kind', (keyword, value, code) => {
    expect(() => buildDataset({ [keyword]: value })).toThrow(expect.objectContaining({ code }));
  });
});

import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import fc from 'fast-check';
import { datasetFromJson } from './dataset-from-json.js';
import { itemsOf, numbersOf, statedNumbers, stringsOf } from './dataset.js';
import { encodePart10 } from './encode-part10.js';
import { tags } from './tags.js';

describe('datasetFromJson', () => {
  it('brings the many forms of servers to one', () => {
    const dataset = datasetFromJson({
      '0020000d': { vr: 'UI', Value: ['1.2.3\0'] },
      '00100010': { vr: 'PN', Value: ['Doe^Jané =山'] },
      '00100020': { Value: [' A1 '] },
      '00100030': { vr: 'DA', Value: [null] },
      '00100040': { vr: 'CS', Value: [''] },
      '00100021': { vr: 'LO' },
      '00080061': { vr: 'CS', Value: ['CT\\SR'] },
      '00201208': { vr: 'IS', Value: ['311'] },
      '00280010': { vr: 'US', Value: ['512'] },
      '00280030': { vr: 'DS', Value: '0.5\\0.5' },
      '00080060': 'CT',
      '7FE00010': { vr: 'OW', BulkDataURI: 'https://a.example/b' },
      '00420011': { vr: 'OB', InlineBinary: 'AQI=' },
      StudyDescription: { vr: 'LO', Value: ['by keyword'] },
      links: ['not an attribute'],
    });
    expect(dataset).toEqual({
      [tags.StudyInstanceUID]: { vr: 'UI', Value: ['1.2.3'] },
      [tags.PatientName]: { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jané', Ideographic: '山' }] },
      [tags.PatientID]: { vr: 'LO', Value: ['A1'] },
      [tags.PatientBirthDate]: { vr: 'DA' },
      [tags.PatientSex]: { vr: 'CS' },
      [tags.IssuerOfPatientID]: { vr: 'LO' },
      [tags.ModalitiesInStudy]: { vr: 'CS', Value: ['CT', 'SR'] },
      [tags.NumberOfStudyRelatedInstances]: { vr: 'IS', Value: ['311'] },
      [tags.Rows]: { vr: 'US', Value: [512] },
      [tags.PixelSpacing]: { vr: 'DS', Value: ['0.5', '0.5'] },
      [tags.Modality]: { vr: 'CS', Value: ['CT'] },
      [tags.PixelData]: { vr: 'OW', BulkDataURI: 'https://a.example/b' },
      [tags.EncapsulatedDocument]: { vr: 'OB', InlineBinary: 'AQI=' },
      [tags.StudyDescription]: { vr: 'LO', Value: ['by keyword'] },
    });
    expect(numbersOf(dataset, tags.NumberOfStudyRelatedInstances)).toEqual([311]);
  });

  it.each<[string, unknown]>([
    ['one text of another VR', { vr: 'UT', Value: ['0.7\\0.8'] }],
    ['two texts of another VR', { vr: 'LO', Value: ['0.7', ' 0.8 '] }],
    ['text under UN', { vr: 'UN', Value: ['0.7\\0.8'] }],
    ['bytes under UN', { vr: 'UN', InlineBinary: Buffer.from('0.7\\0.8 ').toString('base64') }],
    ['bytes under its own VR', { vr: 'DS', InlineBinary: Buffer.from('0.7\\0.8').toString('base64') }],
    ['numbers under FD', { vr: 'FD', Value: [0.7, 0.8] }],
  ])('reads a pixel spacing that comes as %s', (_what, element) => {
    const dataset = datasetFromJson({ '00280030': element });
    expect(statedNumbers(dataset, tags.PixelSpacing)).toEqual({ kind: 'numbers', values: [0.7, 0.8] });
  });

  it('goes into sequences, and keeps the places of empty values', () => {
    const dataset = datasetFromJson({
      '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2'] } }, null, {}] },
      '00080008': { vr: 'CS', Value: ['ORIGINAL', null, 'AXIAL'] },
    });
    expect(itemsOf(dataset, '00081199').map((each) => stringsOf(each, '00081155'))).toEqual([['1.2'], []]);
    expect(dataset[tags.ImageType]?.Value).toEqual(['ORIGINAL', null, 'AXIAL']);
  });

  it.each<[string, string, unknown]>([
    ['text that is no number, in FL', '00091001', { vr: 'FL', Value: ['abc'] }],
    ['a number with a comma, in FD', '00189345', { vr: 'FD', Value: ['1,5'] }],
    ['a fraction, in US', '00280010', { vr: 'US', Value: ['512.0'] }],
    ['an answer of yes and no, in LO', '0008103E', { vr: 'LO', Value: [true] }],
    ['a number for a name', '00100010', { vr: 'PN', Value: [12] }],
    ['text for the items of a sequence', '00091010', { vr: 'SQ', Value: ['text'] }],
    ['bulk data for a number', '00281053', { vr: 'DS', BulkDataURI: 'bulk/1' }],
    ['no value for a number', '00281053', { vr: 'DS', Value: [] }],
  ])('takes %s as lost, and reads what stands beside it', (_what, tag, member) => {
    const dataset = datasetFromJson({ [tag]: member, '00080060': { vr: 'CS', Value: ['CT'] } });
    expect(dataset).toMatchObject({ [tag]: { lost: true }, '00080060': { vr: 'CS', Value: ['CT'] } });
    expect(dataset[tag]).not.toHaveProperty('Value');
  });

  it.each([null, undefined, 'text', 5, [], [{}]])('refuses %p', (value) => {
    expect(() => datasetFromJson(value)).toThrow(expect.objectContaining({ code: 'dicom.invalid-json' }));
  });

  it('fails only with its own errors on any JSON, and what it gives can be written or is refused', () => {
    const tag = fc.constantFrom('00100010', '00280010', '00081199', '00280030', 'PatientID', '0040a730');
    const vr = fc.constantFrom('PN', 'US', 'SQ', 'DS', 'UI', 'XX', '', 'FD', 'OB', 'UV', 'AT');
    const attribute = fc.record(
      { vr, Value: fc.jsonValue(), InlineBinary: fc.base64String() },
      { requiredKeys: [] },
    );
    const dataset = fc.dictionary(tag, fc.oneof(attribute, fc.jsonValue()));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), dataset), (value) => {
        try {
          encodePart10(datasetFromJson(value));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PrelectorError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset, tagOf, vrOf, type Dataset } from '@prelector/dicom';
import { disagreementOf, fullness, imageIdentityOf } from './stated-identity.js';

const whole = {
  PatientName: 'Doe^Jane^Ann^Dr',
  PatientID: 'P1',
  IssuerOfPatientID: 'HOSP',
  IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: '1.2', UniversalEntityIDType: 'ISO' }],
  OtherPatientIDsSequence: [{ PatientID: 'X1' }],
  PatientBirthDate: '19800101',
  PatientSex: 'F',
  StudyInstanceUID: '1.2.3',
  StudyID: '7',
  StudyDate: '20260102',
  StudyTime: '120000',
  AccessionNumber: 'A1',
  IssuerOfAccessionNumberSequence: [{ LocalNamespaceEntityID: 'RIS' }],
  ReferringPhysicianName: 'Who^Doctor',
} as const;
const image = (changes: Record<string, unknown> = {}) =>
  imageIdentityOf(buildDataset({ ...whole, ...changes }));
const others: Record<keyof typeof whole, unknown> = {
  PatientName: 'Doe^Jane^Eve^Dr',
  PatientID: 'P2',
  IssuerOfPatientID: 'CLINIC',
  IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: '1.3', UniversalEntityIDType: 'ISO' }],
  OtherPatientIDsSequence: [{ PatientID: 'X2' }],
  PatientBirthDate: '19800102',
  PatientSex: 'O',
  StudyInstanceUID: '1.2.4',
  StudyID: '8',
  StudyDate: '20260103',
  StudyTime: '120001',
  AccessionNumber: 'A2',
  IssuerOfAccessionNumberSequence: [{ LocalNamespaceEntityID: 'PACS' }],
  ReferringPhysicianName: 'Who^Else',
};

describe('disagreementOf images of one run', () => {
  it.each(Object.entries(others))('names %s that differs, or that only some state', (keyword, other) => {
    const differs = disagreementOf([image(), image({ [keyword]: other })]);
    expect(differs).toMatch(/^differs: [A-Z][A-Za-z' ]+$/u);
    const empty = Array.isArray(other) ? [] : '';
    const partly = disagreementOf([image({ [keyword]: empty }), image()]);
    expect(partly).toBe(differs?.replace('differs', 'is stated by some images only'));
    expect(disagreementOf([image({ [keyword]: empty }), image(), image({ [keyword]: other })])).toBe(differs);
  });

  it.each<[string, string, string]>([
    ['PatientName', 'DOE^JANE^ann^Dr', 'case'],
    ['PatientName', 'Doe ^Jane^Ann^Dr^', 'padding'],
    ['PatientName', 'Ｄｏｅ^Jane^Ann^Dr', 'width'],
    ['StudyTime', '120000.000', 'fraction'],
    ['PatientID', ' P1 ', 'padding'],
  ])('takes %s of %j as the same in another %s', (keyword, value) => {
    const header: Dataset = { ...buildDataset(whole) };
    const tag = tagOf(keyword);
    const vr = vrOf(tag);
    header[tag] = { vr, Value: [vr === 'PN' ? { Alphabetic: value } : value] };
    expect(disagreementOf([image(), imageIdentityOf(header)])).toBeUndefined();
  });

  it('counts each component group of a name', () => {
    const name = (groups: object) => image({ PatientName: groups });
    const both = name({ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' });
    expect(disagreementOf([name({ Alphabetic: 'Yamada^Tarou' }), both])).toBe("differs: Patient's Name");
  });

  it('counts what no report can bear', () => {
    const long = image({ StudyID: 'a value of more than sixteen characters' });
    expect(disagreementOf([image({ StudyID: '' }), long])).toMatch(/some images only: Study ID$/u);
  });

  it('never names a value', () => {
    const all = disagreementOf([image(), image(others)]);
    expect(all).not.toMatch(/P1|Doe|1980|A1/u);
  });
});

describe('fullness', () => {
  it('is more with each attribute and each group of a name', () => {
    const less = image({ PatientBirthDate: '' });
    expect(fullness(image())).toBeGreaterThan(fullness(less));
    const kanji = image({ PatientName: { Alphabetic: 'Doe^Jane^Ann^Dr', Ideographic: '山' } });
    expect(fullness(kanji)).toBeGreaterThan(fullness(image()));
  });
});

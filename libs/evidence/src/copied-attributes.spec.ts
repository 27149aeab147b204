import { describe, expect, it } from '@jest/globals';
import {
  buildDataset,
  encodePart10,
  personNameOf,
  readPart10,
  stringOf,
  tagOf,
  tags,
  vrOf,
  type Dataset,
  type Element,
  type PersonNameValue,
} from '@prelector/dicom';
import fc from 'fast-check';

import { copiedAttributes, copyProblems } from './copied-attributes.js';
import { identifyingAttributes } from './identifying-attributes.js';

const minimal = buildDataset({ PatientID: 'P1', StudyInstanceUID: '1.2.3' });

const copied = (changes: Dataset): Dataset => copiedAttributes({ ...minimal, ...changes });

describe('attributes copied from the archive', () => {
  it('holds the type 2 attributes even when the archive states none', () => {
    const dataset = copied({});
    for (const keyword of ['StudyDate', 'AccessionNumber', 'PatientName', 'StudyID'] as const) {
      expect(dataset[tags[keyword]]).toBeDefined();
      expect(dataset[tags[keyword]]?.Value).toBeUndefined();
    }
  });

  it('takes nothing of series, images or private groups', () => {
    const dataset = copied({
      ...buildDataset({ Modality: 'CT', SeriesDescription: 'x', Rows: 512 }),
      '00091001': { vr: 'LO', Value: ['secret'] },
      [tags.IssuerOfPatientIDQualifiersSequence]: {
        vr: 'SQ',
        Value: [{ ...buildDataset({ UniversalEntityID: '1.2.3' }), '00091001': { vr: 'LO', Value: ['x'] } }],
      },
    });
    expect(JSON.stringify(dataset)).not.toMatch(/secret|00091001|"CT"/u);
    expect(dataset[tags.IssuerOfPatientIDQualifiersSequence]?.Value).toEqual([
      buildDataset({ UniversalEntityID: '1.2.3' }),
    ]);
  });

  it('keeps every component group of a name, also when they come as one text', () => {
    const groups = { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' };
    const name = (value: unknown): unknown =>
      copied({ [tags.PatientName]: { vr: 'PN', Value: [value] } })[tags.PatientName]?.Value;
    expect(name(groups)).toEqual([groups]);
    expect(name('Yamada^Tarou=山田^太郎=やまだ^たろう')).toEqual([groups]);
    expect(name({ Alphabetic: 'Yamada^Tarou=山田^太郎=やまだ^たろう ' })).toEqual([groups]);
    expect(name({ Alphabetic: '' })).toBeUndefined();
  });

  it('says which descriptive attribute is left out, and leaves it out', () => {
    const source = { ...minimal, [tags.StudyDescription]: { vr: 'LO', Value: ['line\nbreak'] } };
    expect(copiedAttributes(source)[tags.StudyDescription]).toBeUndefined();
    expect(copyProblems(source)).toEqual({
      unwritable: [],
      guessed: [],
      leftOut: [{ keyword: 'StudyDescription', reason: 'Study Description: a control character in LO' }],
    });
  });

  it('takes off padding, and the VR is the one of the dictionary', () => {
    const dataset = copied({
      [tags.StudyID]: { vr: 'SH', Value: ['1 \0'] },
      [tags.PatientName]: { vr: 'LO', Value: ['Doe^Jane^^^^^^'] },
      [tags.IssuerOfPatientID]: { vr: 'UT', Value: ['HOSPITAL'] },
    });
    expect(dataset[tags.StudyID]?.Value).toEqual(['1']);
    expect(dataset[tags.PatientName]).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] });
    expect(dataset[tags.IssuerOfPatientID]).toEqual({ vr: 'LO', Value: ['HOSPITAL'] });
  });
});

describe('an identifying attribute that cannot be copied unchanged', () => {
  const pn = (Alphabetic: string) => ({ vr: 'PN', Value: [{ Alphabetic }] });
  const text = (vr: string, ...Value: string[]) => ({ vr, Value });
  const qualifiers = (vr: string, value: string) => ({
    vr: 'SQ',
    Value: [{ [tagOf('UniversalEntityID')]: { vr, Value: [value] } }],
  });

  it.each<[keyof typeof identifyingAttributes, Element]>([
    ['PatientName', pn('F'.repeat(65))],
    ['PatientName', { vr: 'PN', Value: [{ Alphabetic: 'A', Ideographic: '山'.repeat(65) }] }],
    ['PatientName', pn('A^B^C^D^E^F^G')],
    ['PatientName', { vr: 'PN', Value: [personNameOf('A=B=C=D')] }],
    ['PatientName', pn('A\u0007B')],
    ['PatientName', { vr: 'PN', Value: [{ Alphabetic: 'A' }, { Alphabetic: 'B' }] }],
    ['PatientName', { vr: 'OB', bytes: Uint8Array.of(65, 66) }],
    ['PatientID', text('LO', 'P'.repeat(70))],
    ['PatientID', text('LO', 'a\\b')],
    ['PatientID', text('LO', 'a', 'b')],
    ['PatientID', { vr: 'US', Value: [7] }],
    ['PatientID', { vr: 'LO' }],
    ['StudyInstanceUID', text('UI', '1.2.x')],
    ['AccessionNumber', text('SH', 'A'.repeat(20))],
    ['IssuerOfPatientID', text('LO', 'line\nbreak')],
    ['PatientBirthDate', text('DA', '1960-01-02')],
    ['PatientSex', text('CS', 'female')],
    ['StudyDate', text('DA', '2026.01.01')],
    ['StudyTime', text('TM', '10:11:12')],
    ['StudyID', text('SH', 'S'.repeat(17))],
    ['ReferringPhysicianName', pn('F'.repeat(65))],
    ['IssuerOfPatientIDQualifiersSequence', qualifiers('UT', 'a\u0007b')],
    ['OtherPatientIDsSequence', { vr: 'SQ', Value: [{ '00100020': text('LO', 'P'.repeat(65)) }] }],
    [
      'IssuerOfAccessionNumberSequence',
      { vr: 'SQ', Value: [{ '00400031': { vr: 'OB', bytes: Uint8Array.of(1) } }] },
    ],
  ])('%s is named, with the reason and without its value: %j', (keyword, element) => {
    const source = { ...minimal, [tagOf(keyword)]: element };
    const { unwritable, guessed, leftOut } = copyProblems(source);
    expect(unwritable).toEqual([
      { keyword, reason: expect.stringContaining(`${identifyingAttributes[keyword]}: `) },
    ]);
    expect([...guessed, ...leftOut]).toEqual([]);
    expect(unwritable[0]?.reason).not.toMatch(/FFFF|AAAA|PPPP|SSSS|1960|female|山山/u);
    expect(() => copiedAttributes(source)).toThrow(
      expect.objectContaining({ code: 'evidence.identity-unwritable', recovery: 'permanent' }),
    );
  });

  it('is named also where it was read from bytes of no declared character set, and can then be written', () => {
    const source = { ...minimal, [tags.PatientName]: { ...pn('Müller'), guessed: true as const } };
    expect(copyProblems(source)).toMatchObject({ unwritable: [], guessed: [{ keyword: 'PatientName' }] });
    expect(copiedAttributes(source)[tags.PatientName]?.Value).toEqual([{ Alphabetic: 'Müller' }]);
  });

  it('is repeated exactly, or named: never empty, cut or changed', () => {
    const value = fc.string({ unit: 'binary', maxLength: 80 });
    fc.assert(
      fc.property(
        fc.constantFrom('PatientID', 'AccessionNumber', 'StudyID', 'PatientName'),
        value,
        (keyword, raw) => {
          const tag = tagOf(keyword);
          const vr = vrOf(tag);
          const Value = vr === 'PN' ? [{ Alphabetic: raw }] : [raw];
          const source = { ...minimal, [tag]: { vr, Value } };
          const stated = raw.replace(/[\0 ]+$/u, '');
          if (copyProblems(source).unwritable.length > 0) return;
          const { dataset } = readPart10(
            encodePart10({
              ...copiedAttributes(source),
              ...buildDataset({ SOPClassUID: '1.2', SOPInstanceUID: '1.3' }),
            }),
          );
          expect(nameText(dataset[tag]) ?? stringOf(dataset, tag) ?? '').toBe(canonical(vr, stated));
        },
      ),
    );
  });

  it.each(['PatientID', 'StudyInstanceUID'] as const)('is missing: no report without %s', (keyword) => {
    const { [tags[keyword]]: _absent, ...rest } = minimal;
    expect(copyProblems(rest).unwritable).toEqual([
      { keyword, reason: expect.stringMatching(/not stated$/u) },
    ]);
    expect(() => copiedAttributes(rest)).toThrow(
      expect.objectContaining({ code: 'evidence.identity-unwritable' }),
    );
  });
});

/** A name as one text again; undefined where the element is none. */
function nameText(element: Element | undefined): string | undefined {
  if (element?.vr !== 'PN') return undefined;
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = (element.Value?.[0] ?? {}) as PersonNameValue;
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/u, '');
}

/** What PS3.5 section 6.2 lets a reader leave away of a text: spaces around it, and around groups of a name. */
function canonical(vr: string, text: string): string {
  const groups = vr === 'PN' ? text.split('=').map((group) => group.trim()) : [text.replace(/^ +/u, '')];
  const short = groups.map((group) =>
    vr === 'PN' && group.split('^').length > 5 ? group.replace(/\^+$/u, '') : group,
  );
  return short.join('=').replace(vr === 'PN' ? /=+$/u : /$^/u, '');
}

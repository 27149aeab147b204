import { describe, expect, it } from '@jest/globals';
import {
  compareArchiveWithArchive,
  compareOrderWithArchive,
  compareSearchWithInstance,
  identityOfDataset,
  identityOfSearch,
  withoutEmpty,
} from './identity-comparison.js';
import type { StudyIdentity } from './identity.js';

const archive: StudyIdentity = {
  patientId: 'P1',
  studyInstanceUid: '1.2.3',
  name: { family: 'Müller', given: 'Änne' },
  birthDate: '19600102',
  sex: 'F',
  accessionNumber: 'A1',
};

describe('compareOrderWithArchive', () => {
  it('holds nothing for a name in another case, with other diacritics or padding', () => {
    const order = { ...archive, name: { family: 'MULLER ', given: 'anne' } };
    expect(compareOrderWithArchive(order, archive).verdict).toBe('agrees');
  });

  it('holds on another patient id and on another accession number', () => {
    expect(compareOrderWithArchive({ ...archive, patientId: 'P2' }, archive).verdict).toBe('holds');
    expect(compareOrderWithArchive({ ...archive, accessionNumber: 'A2' }, archive).differing).toEqual([
      'accessionNumber',
    ]);
  });

  it('records another birth date, and holds on it only where the rule says so', () => {
    const order = { ...archive, birthDate: '19600103' };
    expect(compareOrderWithArchive(order, archive).verdict).toBe('warns');
    expect(compareOrderWithArchive(order, archive, { holdOnDemographics: true }).verdict).toBe('holds');
  });

  const someone = { name: { family: 'Schmidt', given: 'Karl' }, birthDate: '19551224', sex: 'M' };
  const { patientId: _unstated, ...nameless } = archive;

  it.each<[string, StudyIdentity, StudyIdentity, string]>([
    ['name and birth date under one Patient ID', { ...archive, ...someone }, archive, 'holds'],
    [
      'name and birth date where the order states no Patient ID',
      { ...nameless, ...someone },
      archive,
      'holds',
    ],
    [
      'name and birth date where the archive states no Patient ID',
      { ...archive, ...someone },
      nameless,
      'holds',
    ],
    ['birth date and sex without Patient ID', { birthDate: '19551224', sex: 'M' }, archive, 'holds'],
    ['name and sex without Patient ID', { name: someone.name, sex: 'M' }, archive, 'holds'],
    [
      'birth date and sex under one Patient ID',
      { ...archive, birthDate: '19551224', sex: 'M' },
      archive,
      'warns',
    ],
    ['the name alone', { ...archive, name: someone.name }, archive, 'warns'],
    ['the name alone without Patient ID', { ...nameless, name: someone.name }, archive, 'warns'],
    ['the sex alone without Patient ID', { ...nameless, sex: 'M' }, archive, 'warns'],
  ])('of an order that differs in %s', (_name, order, images, verdict) => {
    expect(compareOrderWithArchive(order, images).verdict).toBe(verdict);
  });

  it('lets the assigning authority of the feed stand in for an absent issuer', () => {
    const withIssuer = { ...archive, issuerOfPatientId: 'HOSPITAL-A' };
    expect(compareOrderWithArchive(archive, withIssuer).verdict).toBe('agrees');
    expect(compareOrderWithArchive(archive, withIssuer, { firstIssuer: 'HOSPITAL-A' }).verdict).toBe(
      'agrees',
    );
    expect(compareOrderWithArchive(archive, withIssuer, { firstIssuer: 'HOSPITAL-B' }).verdict).toBe('holds');
  });

  it('does not compare what one side leaves out or states as unknown', () => {
    expect(compareOrderWithArchive({ patientId: 'P1', sex: 'U' }, archive).verdict).toBe('agrees');
  });
});

describe('compareArchiveWithArchive', () => {
  it('holds on any stated difference', () => {
    expect(compareArchiveWithArchive(archive, { ...archive, sex: 'M' }).verdict).toBe('holds');
    expect(compareArchiveWithArchive(archive, archive).verdict).toBe('agrees');
  });

  it('holds when a Patient ID is missing on either side', () => {
    const { patientId: _gone, ...anonymous } = archive;
    expect(compareArchiveWithArchive(archive, anonymous)).toMatchObject({
      verdict: 'holds',
      missing: ['patientId'],
    });
    expect(compareArchiveWithArchive(anonymous, anonymous).verdict).toBe('holds');
  });

  const { name: _latin, ...unnamed } = archive;
  const kanji = { ...unnamed, name: { family: '', given: '', ideographic: { family: '山', given: '木' } } };

  it.each<[string, StudyIdentity, StudyIdentity]>([
    ['one stands in another component group', archive, kanji],
    ['one is left out', unnamed, archive],
  ])('takes the rest of the identity where names cannot be compared because %s', (_why, one, other) => {
    expect(compareArchiveWithArchive(one, other).verdict).toBe('agrees');
    for (const attribute of ['birthDate', 'sex'] as const) {
      const { [attribute]: _gone, ...less } = other;
      expect(compareArchiveWithArchive(one, less)).toMatchObject({
        verdict: 'holds',
        missing: [attribute],
        reason: expect.stringMatching(/^missing: .*; nothing of Patient's Name can be compared$/u) as unknown,
      });
      expect(compareArchiveWithArchive(less, one)).toMatchObject({ verdict: 'holds', missing: [attribute] });
    }
    expect(compareArchiveWithArchive(one, { ...other, sex: 'M' }).differing).toEqual(['sex']);
    const issued = { ...other, issuerOfPatientId: 'HOSP' };
    expect(compareArchiveWithArchive(one, issued).missing).toEqual(['issuerOfPatientId']);
    expect(compareArchiveWithArchive(one, issued, { firstIssuer: 'HOSP' }).verdict).toBe('agrees');
  });

  it('asks for no more than Patient ID and study where the name agrees, or neither side states one', () => {
    const { birthDate: _date, sex: _sex, ...less } = archive;
    const { name: _name, ...least } = less;
    expect(compareArchiveWithArchive(archive, less).verdict).toBe('agrees');
    expect(compareArchiveWithArchive(least, least).verdict).toBe('agrees');
  });

  it('holds where a letter of the name is another, which an order may write without its mark', () => {
    const plain = { ...archive, name: { family: 'Muller', given: 'Anne' } };
    expect(compareArchiveWithArchive(archive, plain).differing).toEqual(['name']);
    expect(compareOrderWithArchive(plain, archive).verdict).toBe('agrees');
  });

  it('never names a value', () => {
    const verdict = compareArchiveWithArchive(archive, { ...archive, patientId: 'SECRET-77' });
    expect(JSON.stringify(verdict)).not.toMatch(/SECRET-77|P1|Müller/u);
  });
});

describe('compareSearchWithInstance', () => {
  it('holds on another Patient ID, birth date, sex or accession number', () => {
    for (const other of [
      { patientId: 'P2' },
      { birthDate: '19700101' },
      { sex: 'M' },
      { accessionNumber: 'X' },
    ])
      expect(compareSearchWithInstance({ ...archive, ...other }, archive).verdict).toBe('holds');
    expect(compareSearchWithInstance(archive, archive).verdict).toBe('agrees');
    expect(compareSearchWithInstance({}, archive).verdict).toBe('agrees');
  });

  it.each(['1960-01-02', '1960.01.02', '19600102', '19600102000000', '1960-01-02T00:00:00'])(
    'takes %s for the day that it is',
    (birthDate) => {
      expect(compareSearchWithInstance({ ...archive, birthDate }, archive).verdict).toBe('agrees');
      const next = birthDate.replace('02', '03');
      expect(compareSearchWithInstance({ ...archive, birthDate: next }, archive).verdict).toBe('holds');
    },
  );

  it('lets the name count for nothing', () => {
    const search = { ...archive, name: { family: 'M', given: '' } };
    expect(compareSearchWithInstance(search, archive).verdict).toBe('agrees');
  });

  describe.each(['patientId', 'accessionNumber', 'issuerOfPatientId', 'issuerOfAccessionNumber'] as const)(
    'of an instance with characters beyond ASCII in its %s',
    (attribute) => {
      const verdictOn = (inImages: string, listed: string | undefined) => {
        const { [attribute]: _stated, ...search } = archive;
        return compareSearchWithInstance(withoutEmpty({ ...search, [attribute]: listed }), {
          ...archive,
          [attribute]: inImages,
        });
      };

      it.each([
        ['Ж-12', 'Ж-12'],
        ['Ж-12', ' Ж-12 '],
        ['Ж-12', '-12'],
        ['Ж-12', '?-12'],
        ['Ä92', 'A\u030892'],
        ['Ä92', '-A92'],
        ['本71', 'K¥71'],
        ['Ж91', '\xd0\x9691'],
        ['Ж-12', undefined],
        ['Ж-12', ' '],
      ])('takes what may be left of it for no difference: %j, listed as %j', (inImages, listed) => {
        expect(verdictOn(inImages, listed).verdict).toBe('agrees');
      });

      it.each([
        ['Ж45846004', 'QB45846004'],
        ['Я99846005', '9846005'],
        ['Ł45846006', 'L45846006'],
        ['Ж-12', 'Я-12'],
        ['Ж-12', '-13'],
        ['日本', 'P2'],
      ])('holds on any other: %j, listed as %j', (inImages, listed) => {
        expect(verdictOn(inImages, listed)).toMatchObject({ verdict: 'holds', differing: [attribute] });
      });
    },
  );
});

describe('identityOfSearch', () => {
  it('has no name', () => {
    const answer = {
      '00100010': { vr: 'PN', Value: [{ Alphabetic: '^' }] },
      '00100020': { vr: 'LO', Value: ['77'] },
    };
    expect(identityOfSearch(answer)).toEqual({ patientId: '77' });
  });
});

describe('identityOfDataset', () => {
  it('reads the name of every component group that states one', () => {
    const value = { Alphabetic: '^ ', Ideographic: '山田^太郎', Phonetic: 'やまだ' };
    expect(identityOfDataset({ '00100010': { vr: 'PN', Value: [value] } })).toEqual({
      name: {
        family: '',
        given: '',
        ideographic: { family: '山田', given: '太郎' },
        phonetic: { family: 'やまだ', given: '' },
      },
    });
  });

  it('reads family and given name and leaves out what is empty', () => {
    const identity = identityOfDataset({
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane^^Dr' }] },
      '00100020': { vr: 'LO', Value: ['77 '] },
      '00100040': { vr: 'CS' },
      '0020000D': { vr: 'UI', Value: ['1.2'] },
    });
    expect(identity).toEqual({
      patientId: '77',
      name: { family: 'Doe', given: 'Jane' },
      studyInstanceUid: '1.2',
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset, tags, type Dataset } from '@prelector/dicom';

import { copiedAttributes } from './copied-attributes.js';
import { given } from './evidence-input.testing.js';

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

  it('leaves out what no DICOM object can carry unchanged, and never cuts it', () => {
    const dataset = copied({
      [tags.AccessionNumber]: { vr: 'SH', Value: ['A'.repeat(17)] },
      [tags.StudyDescription]: { vr: 'LO', Value: ['line\nbreak'] },
      [tags.StudyDate]: { vr: 'DA', Value: ['2026-01-01'] },
      [tags.PatientSex]: { vr: 'CS', Value: ['female'] },
      [tags.StudyID]: { vr: 'SH', Value: ['1 \0'] },
    });
    expect(dataset[tags.AccessionNumber]).toEqual({ vr: 'SH' });
    expect(dataset[tags.StudyDescription]).toBeUndefined();
    expect(dataset[tags.StudyDate]).toEqual({ vr: 'DA' });
    expect(dataset[tags.PatientSex]).toEqual({ vr: 'CS' });
    expect(dataset[tags.StudyID]?.Value).toEqual(['1']);
  });

  it.each(['PatientID', 'StudyInstanceUID'] as const)('refuses to go without %s', (keyword) => {
    for (const value of ['', ' ', 'x'.repeat(65), 'a\\b']) {
      const source = {
        ...minimal,
        [tags[keyword]]: { vr: given(minimal[tags[keyword]]).vr, Value: [value] },
      };
      expect(() => copiedAttributes(source)).toThrow(
        expect.objectContaining({ code: 'evidence.identity-missing' }),
      );
    }
    const { [tags[keyword]]: _absent, ...rest } = minimal;
    expect(() => copiedAttributes(rest)).toThrow(
      expect.objectContaining({ code: 'evidence.identity-missing' }),
    );
  });
});

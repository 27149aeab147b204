import { describe, expect, it } from '@jest/globals';
import { buildDataset, encodePart10, readPart10, tags, type Dataset } from '@prelector/dicom';

import { compareStored, compareStoredFiles } from './compare-stored.js';
import { encodeEvidence } from './encode-evidence.js';
import { evidenceInputOf, findingsOf, given } from './evidence-input.testing.js';

const [report] = encodeEvidence(evidenceInputOf({ findings: findingsOf({ valid: false }) }));
const sent = readPart10(given(report).bytes).dataset;

/** What an archive gives back, with attributes set or removed (undefined). */
function returned(changes: Record<string, unknown>): Dataset {
  const dataset = structuredClone(sent);
  for (const [keyword, value] of Object.entries(changes)) {
    if (value === undefined) delete dataset[tags[keyword as 'PatientID']];
    else Object.assign(dataset, buildDataset({ [keyword]: value }));
  }
  return readPart10(encodePart10(dataset)).dataset;
}

const verdict = (changes: Record<string, unknown>): string => compareStored(sent, returned(changes)).verdict;

describe('compareStored', () => {
  it('finds nothing in what came back as it was sent', () => {
    expect(compareStored(sent, returned({}))).toEqual({
      verdict: 'equal',
      differences: [],
      reason: 'read back as it was sent',
    });
  });

  it('overlooks padding, number spelling and empty attributes', () => {
    const dataset = structuredClone(sent);
    dataset[tags.StudyDescription] = { vr: 'LO', Value: ['CT chest '] };
    dataset[tags.SeriesNumber] = { vr: 'IS', Value: [Number(sent[tags.SeriesNumber]?.Value?.[0])] };
    dataset[tags.PatientName] = { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jané^^' }] };
    dataset[tags.PatientComments] = { vr: 'LT' };
    delete dataset[tags.ReferringPhysicianName];
    expect(compareStored(sent, dataset).verdict).toBe('equal');
  });

  it('names administrative coercion by attribute and never by value', () => {
    const comparison = compareStored(
      sent,
      returned({ StudyDescription: 'Thorax', InstitutionName: 'General' }),
    );
    expect(comparison.verdict).toBe('coerced');
    expect(comparison.differences.map(({ keyword }) => keyword)).toEqual([
      'InstitutionName',
      'StudyDescription',
    ]);
    expect(JSON.stringify(comparison)).not.toMatch(/Thorax|General|CT chest/u);
    expect(verdict({ PatientName: 'DOE^JANÉ' })).toBe('coerced');
    expect(verdict({ StationName: 'ARCHIVE' })).toBe('coerced');
    expect(verdict({ ReferringPhysicianName: 'A^B' })).toBe('coerced');
  });

  it('takes the device that an archive adds to the contributing equipment, not the loss of ours', () => {
    const ours = given(sent[tags.ContributingEquipmentSequence]).Value as Dataset[];
    const theirs = buildDataset({ Manufacturer: 'Archive' });
    expect(verdict({ ContributingEquipmentSequence: [...ours, theirs] })).toBe('coerced');
    expect(verdict({ ContributingEquipmentSequence: [theirs] })).toBe('different');
    expect(verdict({ ContributingEquipmentSequence: undefined })).toBe('different');
  });

  it('raises an alarm under another patient or study, or none', () => {
    for (const changes of [
      { PatientID: 'P2' },
      { PatientID: '' },
      { PatientName: 'Roe^Richard' },
      { PatientName: 'Doe^Jane' },
      { PatientBirthDate: '19800101' },
      { PatientSex: 'M' },
      { AccessionNumber: 'ACC9' },
      { IssuerOfPatientID: 'OTHER' },
      { StudyInstanceUID: '1.2.3.4' },
    ]) {
      expect([changes, verdict(changes)]).toEqual([changes, 'misfiled']);
    }
    expect(verdict({ IssuerOfPatientID: undefined })).toBe('coerced');
  });

  it('raises an alarm for a report that came back without what says whose it is', () => {
    for (const keyword of ['PatientName', 'PatientBirthDate', 'PatientSex', 'AccessionNumber']) {
      expect(verdict({ [keyword]: undefined })).toBe('misfiled');
      expect(verdict({ [keyword]: '' })).toBe('misfiled');
    }
    expect(verdict({ PatientName: '^' })).toBe('misfiled');
    expect(verdict({ StudyDescription: '' })).toBe('coerced');
  });

  it('raises an alarm for a name that came back without one of its component groups', () => {
    const name = (value: object) => ({ ...sent, [tags.PatientName]: { vr: 'PN', Value: [value] } });
    const whole = name({ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' });
    const { verdict: without, reason } = compareStored(whole, name({ Alphabetic: 'Yamada^Tarou' }));
    expect([without, reason]).toEqual(['misfiled', "read back without its Patient's Name"]);
    const lost = name({ Alphabetic: 'Yamada^Tarou', Ideographic: '^' });
    expect(compareStored(whole, lost).verdict).toBe('misfiled');
  });

  it('takes no other content for what was sent', () => {
    const content = structuredClone(given(sent[tags.ContentSequence]).Value as Dataset[]);
    for (const changes of [
      { ContentSequence: content.slice(1) },
      { ContentSequence: [...content].reverse() },
      { VerificationFlag: 'VERIFIED' },
      { CompletionFlag: 'PARTIAL' },
      { ContentTemplateSequence: undefined },
      { SOPInstanceUID: '1.2.3' },
      { SeriesInstanceUID: '1.2.3' },
      { SoftwareVersions: '9' },
      { CurrentRequestedProcedureEvidenceSequence: undefined },
    ]) {
      expect([changes, verdict(changes)]).toEqual([changes, 'different']);
    }
  });

  it('takes metadata that only refers to a value for no proof', () => {
    const dataset = structuredClone(sent);
    dataset[tags.ContentSequence] = { vr: 'SQ', BulkDataURI: 'http://localhost/bulk' };
    expect(compareStored(sent, dataset).verdict).toBe('different');
  });
});

describe('whole files', () => {
  const image = { Rows: 2, Columns: 2, BitsAllocated: 8, SamplesPerPixel: 1, PixelRepresentation: 0 };
  const dataset = { ...sent, ...buildDataset(image) };
  const frames = (...all: number[][]) => all.map((each) => Uint8Array.from(each));
  const of = (pixels: Uint8Array[] | undefined, encapsulated = false) => ({
    dataset,
    ...(pixels ? { pixelData: { frames: pixels, encapsulated, vr: 'OB' } } : {}),
  });
  const pixels = frames([1, 2, 3, 4], [5, 6, 7, 8]);

  it('are equal with the same frames only', () => {
    expect(compareStoredFiles(of(pixels), of(frames([1, 2, 3, 4], [5, 6, 7, 8]))).verdict).toBe('equal');
    const others = {
      changed: of(frames([1, 2, 3, 4], [5, 6, 7, 9])),
      fewer: of(frames([1, 2, 3, 4])),
      gone: of(undefined),
      compressed: of(pixels, true),
    };
    for (const [name, other] of Object.entries(others)) {
      const { verdict: found, differences } = compareStoredFiles(of(pixels), other);
      expect([name, found, differences]).toEqual([
        name,
        'different',
        [{ tag: tags.PixelData, keyword: 'PixelData' }],
      ]);
    }
  });
});

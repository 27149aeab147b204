import { code } from '@prelector/dicom';
import type { Findings } from '@prelector/findings';
import { describe, expect, it } from '@jest/globals';

import { encodeEvidence } from './encode-evidence.js';
import {
  evidenceInputOf,
  findingsOf,
  given,
  measurementsOf,
  reportsAmong,
} from './evidence-input.testing.js';
import { groupName, measurementName } from './measurement-words.js';
import { reportTree } from './report-tree.js';

const lung = code('39607008', 'SCT', 'Lung');
const left = code('7771000', 'SCT', 'Left');
const right = code('24028007', 'SCT', 'Right');
const mean = code('373098007', 'SCT', 'Mean');
const method = code('126030', 'DCM', 'Sum of segmented voxel method for volume');

describe('the name of a group', () => {
  it.each([
    ['Both lungs', { label: 'Both lungs', site: lung }],
    ['Lung (Left)', { label: 'Lung', site: lung, laterality: left }],
    ['Left lung', { label: 'Left lung', site: lung, laterality: left }],
    ['Bright spot (Lung, Right)', { label: 'Bright spot', site: lung, laterality: right }],
    ['Nodule (Left)', { label: 'Nodule', laterality: left }],
    ['Nodule (Lung (whole))', { label: 'Nodule', site: { ...lung, meaning: 'Lung (whole)' } }],
  ])('is %s, with the site and the side that its label does not name', (name, group) => {
    expect(groupName(group)).toBe(name);
  });
});

describe('the name of a measurement', () => {
  it('says how it was derived and by which method', () => {
    const concept = code('118565006', 'SCT', 'Volume');
    expect(measurementName({ concept })).toBe('Volume');
    expect(measurementName({ concept, derivation: mean })).toBe('Volume (Mean)');
    expect(measurementName({ concept, derivation: mean, method })).toBe(
      'Volume (Mean, Sum of segmented voxel method for volume)',
    );
  });
});

describe('two measurements that differ only in', () => {
  const [volume] = measurementsOf(true);
  const group = (key: string, about: object, measured: object = {}): Findings['groups'][number] => ({
    key,
    label: 'Lung',
    site: lung,
    measurements: [{ ...given(volume), key: `${key}-volume`, ...measured }],
    ...about,
  });
  const pairs = {
    side: [group('a', { laterality: left }), group('b', { laterality: right })],
    site: [group('a', {}), group('b', { site: code('10200004', 'SCT', 'Liver') })],
    derivation: [group('a', {}), group('b', {}, { derivation: mean })],
    method: [group('a', {}), group('b', {}, { method: undefined })],
  };

  it.each(Object.entries(pairs))('%s are told apart in every form, shown or withheld', (_what, groups) => {
    for (const valid of [true, false, null]) {
      const measured = groups.map((each) => ({
        ...each,
        measurements: each.measurements.map((one) => ({ ...one, valid })),
      }));
      for (const presentation of ['qualified', 'withheld'] as const) {
        const input = evidenceInputOf({ findings: findingsOf({ groups: measured }), presentation });
        for (const { dataset } of reportsAmong(encodeEvidence(input))) {
          const names = reportTree(dataset)
            .split('\n')
            .filter((line) => /Tracking Identifier: .*, Volume|Lung.*: Volume/u.test(line));
          expect(names.length).toBeGreaterThanOrEqual(2);
          expect(new Set(names).size).toBe(names.length);
        }
      }
    }
  });
});

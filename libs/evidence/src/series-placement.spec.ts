import { describe, expect, it } from '@jest/globals';
import { isUid } from '@prelector/dicom';
import fc from 'fast-check';

import { evidenceKinds } from './forms/registry.js';
import { seriesPlacementFor, type PlacementInput } from './series-placement.js';

const input: PlacementInput = {
  installationId: 'here',
  studyInstanceUid: '1.2.3',
  modelId: 'ct-lung-densitometry',
  modelName: 'CT lung densitometry',
  presentation: 'withheld',
};

describe('where a form of evidence stands', () => {
  it('gives each form, presentation, study, model and installation a series of its own', () => {
    const inputs = [
      input,
      { ...input, presentation: 'qualified' as const },
      { ...input, studyInstanceUid: '1.2.4' },
      { ...input, modelId: 'other' },
      { ...input, installationId: 'there' },
    ];
    const uids = inputs.flatMap((one) =>
      evidenceKinds.map((kind) => seriesPlacementFor(kind, one).seriesInstanceUid),
    );
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids.every(isUid)).toBe(true);
  });

  it('does not depend on the name, which may change', () => {
    const renamed = seriesPlacementFor('text-report', { ...input, modelName: 'Other' });
    const { seriesInstanceUid, seriesNumber } = seriesPlacementFor('text-report', input);
    expect(renamed).toMatchObject({ seriesInstanceUid, seriesNumber });
  });

  it('numbers high and says first that it is AI and not reviewed, within an LO', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.constantFrom(...evidenceKinds),
        (name, id, kind) => {
          const placement = seriesPlacementFor(kind, { ...input, modelName: name, modelId: id });
          expect(placement.seriesNumber).toBeGreaterThan(9000);
          expect(placement.seriesNumber).toBeLessThan(9990);
          expect(placement.seriesDescription).toMatch(/^AI [^\\\p{Cc}]*, NOT REVIEWED$/u);
          expect(Array.from(placement.seriesDescription).length).toBeLessThanOrEqual(64);
        },
      ),
    );
    expect(seriesPlacementFor('text-report', input).seriesDescription).toBe(
      'AI CT lung densitometry, report, NOT REVIEWED',
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { buildDataset, code, codeItem, tags, type Dataset } from '@prelector/dicom';

import { checkEvidence } from './check-evidence.js';
import { concepts } from './concepts.js';
import { contentItem } from './content-item.js';
import { encodeEvidence } from './encode-evidence.js';
import { evidenceInputOf, findingsOf, given } from './evidence-input.testing.js';

const [report, companion] = encodeEvidence(evidenceInputOf({ findings: findingsOf({ valid: false }) }));

const rulesOf = (dataset: Dataset): string[] => [...new Set(checkEvidence(dataset).map(({ rule }) => rule))];

function without(keyword: keyof typeof tags): Dataset {
  const dataset = structuredClone(given(report).dataset);
  delete dataset[tags[keyword]];
  return dataset;
}

/** The report with its content items rewritten. */
function rewritten(change: (items: Dataset[]) => Dataset[]): Dataset {
  const dataset = structuredClone(given(report).dataset);
  const items = given(dataset[tags.ContentSequence]).Value as Dataset[];
  dataset[tags.ContentSequence] = { vr: 'SQ', Value: change(items) };
  return dataset;
}

const region = (): Dataset =>
  contentItem.container(
    'CONTAINS',
    concepts.measurementGroup,
    [
      contentItem.text('HAS OBS CONTEXT', concepts.trackingIdentifier, 'one'),
      contentItem.uidref('HAS OBS CONTEXT', concepts.trackingUniqueIdentifier, '1.2.3'),
      buildDataset({
        RelationshipType: 'CONTAINS',
        ValueType: 'SCOORD',
        ConceptNameCodeSequence: [codeItem(code('111030', 'DCM', 'Image Region'))],
        GraphicType: 'POLYLINE',
        GraphicData: [-1, 1, 5, 1, 5, 5, -1, 1],
        ContentSequence: [
          contentItem.image('CONTAINS', {
            sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
            sopInstanceUid: '1.2.826.0.1.3680043.8.498.1.1.1',
          }),
        ],
      }),
    ],
    '1410',
  );

describe('checkEvidence', () => {
  it('finds nothing in what we write', () => {
    expect(checkEvidence(given(report).dataset)).toEqual([]);
    expect(checkEvidence(given(companion).dataset)).toEqual([]);
  });

  it.each(['Manufacturer', 'SeriesNumber', 'PatientID', 'ContentDate', 'SoftwareVersions'] as const)(
    'asks for a value of %s',
    (keyword) => {
      expect(rulesOf(without(keyword))).toContain('attribute-missing');
    },
  );

  it.each(['PatientSex', 'AccessionNumber', 'PerformedProcedureCodeSequence'] as const)(
    'asks for %s, if empty',
    (keyword) => {
      expect(rulesOf(without(keyword))).toEqual(['attribute-absent']);
    },
  );

  it('lets no machine call its own report verified or final', () => {
    const changes = { VerificationFlag: 'VERIFIED', PreliminaryFlag: 'FINAL', CompletionFlag: 'PARTIAL' };
    for (const [keyword, value] of Object.entries(changes)) {
      expect(rulesOf({ ...given(report).dataset, ...buildDataset({ [keyword]: value }) })).toEqual([
        'flag-wrong',
      ]);
    }
  });

  it('lets no series go without saying first that it is AI', () => {
    const dataset = { ...given(report).dataset, ...buildDataset({ SeriesDescription: 'Chest' }) };
    expect(rulesOf(dataset)).toEqual(['series-not-marked']);
  });

  it('wants drawable groups in a document of their own, their points inside and on an image', () => {
    const mixed = rewritten((items) =>
      items.map((item) => {
        const isMeasurements = JSON.stringify(item[tags.ConceptNameCodeSequence]).includes('126010');
        const groups = item[tags.ContentSequence]?.Value as Dataset[];
        return isMeasurements
          ? { ...item, ...buildDataset({ ContentSequence: [...groups, region()] }) }
          : item;
      }),
    );
    expect(rulesOf(mixed).sort()).toEqual(['graphic-data-outside', 'image-missing', 'kinds-mixed']);
  });

  it('wants every container filled and every algorithm named with its version', () => {
    const emptied = rewritten((items) => [
      ...items,
      contentItem.container('CONTAINS', concepts.qualitativeEvaluations, []),
    ]);
    expect(rulesOf(emptied)).toEqual(['container-empty']);
    const nameless = rewritten((items) => [
      ...items,
      contentItem.container('CONTAINS', concepts.findings, [
        contentItem.text('HAS CONCEPT MOD', concepts.algorithmParameters, 'threshold 0.5'),
      ]),
    ]);
    expect(rulesOf(nameless)).toEqual(['algorithm-incomplete']);
  });

  it('wants private codes explained and evidence of this study only', () => {
    expect(rulesOf(without('CodingSchemeIdentificationSequence'))).toEqual(['scheme-unnamed']);
    const dataset = { ...given(report).dataset, ...buildDataset({ StudyInstanceUID: '1.2.3' }) };
    expect(rulesOf(dataset)).toEqual(['evidence-of-another-study']);
  });

  it('names rules and places, never values', () => {
    const dataset = rewritten(() => []);
    const problems = checkEvidence(dataset);
    expect(problems.length).toBeGreaterThan(3);
    expect(JSON.stringify(problems)).not.toMatch(/Doe|Jan|P1|ACC1|1970/u);
  });

  it('survives a data set that is no report at all', () => {
    expect(rulesOf({})).toContain('title-unknown');
    const odd = {
      ...given(report).dataset,
      [tags.ContentSequence]: { vr: 'SQ', Value: [null, 5, {}] },
    } as Dataset;
    expect(rulesOf(odd).length).toBeGreaterThan(0);
  });
});

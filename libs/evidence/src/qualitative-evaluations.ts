import type { CodedConcept, Dataset } from '@prelector/dicom';
import type { Outcome } from '@prelector/findings';

import { concepts } from './concepts.js';
import { contentItem } from './content-item.js';
import { measurementLines } from './measurement-line.js';
import type { PresentedFindings } from './presented-findings.js';

/**
 * The outcome in codes (CID 6047 and CID 6042). `measured` has none: CID 6047 speaks of findings, and a
 * model that only measures claims neither presence nor absence.
 */
const outcomeCodes: Readonly<Record<Outcome, readonly (readonly [CodedConcept, CodedConcept])[]>> = {
  positive: [[concepts.processingSummary, concepts.succeededWithFindings]],
  negative: [[concepts.processingSummary, concepts.succeededWithoutFindings]],
  measured: [],
  failed: [
    [concepts.processingSummary, concepts.noneSucceeded],
    [concepts.summaryOfAnalyses, concepts.failed],
  ],
  'not-applicable': [
    [concepts.processingSummary, concepts.noneSucceeded],
    [concepts.summaryOfAnalyses, concepts.notAttempted],
  ],
  'incomplete-input': [
    [concepts.processingSummary, concepts.noneSucceeded],
    [concepts.summaryOfAnalyses, concepts.notAttempted],
  ],
};

/**
 * The Qualitative Evaluations container of TID 1500: the outcome in codes and words, and one comment for
 * each measurement that does not hold, or of which nobody knows. Nothing for a plain list of valid measurements. `statements` are
 * what must be said here because no measurement group is left to say it.
 */
export function qualitativeEvaluations(
  outcome: Outcome,
  presented: PresentedFindings,
  statements: readonly string[],
): Dataset[] {
  const doubtful = presented.groups.flatMap(({ group, measurements }) =>
    measurementLines({ group, measurements: measurements.filter(({ standing }) => standing !== 'valid') }),
  );
  const codes = outcomeCodes[outcome].map(([concept, value]) => contentItem.code('CONTAINS', concept, value));
  const silent = codes.length === 0 && doubtful.length === 0 && statements.length === 0;
  if (silent) return [];
  const comments = [
    ...(codes.length > 0 || statements.length > 0 ? presented.summary : []),
    ...doubtful,
    ...statements,
  ];
  return [
    contentItem.container('CONTAINS', concepts.qualitativeEvaluations, [
      ...codes,
      ...comments.map((text) => contentItem.text('CONTAINS', concepts.comment, text)),
    ]),
  ];
}

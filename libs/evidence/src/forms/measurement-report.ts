import { buildDataset, codeItem, stringOf, tags, type Dataset } from '@prelector/dicom';

import { algorithmStatements } from '../algorithm.js';
import { checkReport } from '../check-report.js';
import { concepts } from '../concepts.js';
import { contentItem } from '../content-item.js';
import { documentHeader } from '../document-header.js';
import { conditionStatements, inputStatements } from '../input-statements.js';
import { measurementGroup } from '../measurement-group.js';
import { procedureConcept } from '../modalities.js';
import { observationContext } from '../observation-context.js';
import { presentFindings } from '../presented-findings.js';
import { qualitativeEvaluations } from '../qualitative-evaluations.js';
import { sopClasses } from '../sop-classes.js';
import { imageLibrary } from '../source-references.js';
import type { EvidenceForm, FormInput } from './evidence-form.js';
import { checkStructuredReport, isTitled } from './structured-report.js';

const stated = { sopClassUid: sopClasses.comprehensive3dSr, templateId: '1500' } as const;

/**
 * TID 1500 Measurement Report as a Comprehensive 3D SR, without its SOP Instance UID. It holds groups that
 * cannot be drawn (TID 1501) only: viewers lose drawable groups that stand beside others.
 */
function write(input: FormInput): Dataset {
  const { findings, model } = input;
  const presented = presentFindings(findings, input.presentation);
  const statements = [
    ...presented.facts,
    ...inputStatements(input, presented),
    ...conditionStatements(presented),
    ...algorithmStatements(model),
  ];
  const context = {
    studyInstanceUid: stringOf(input.source, tags.StudyInstanceUID) ?? '',
    model,
    parameters: statements,
  };
  const groups = presented.groups.flatMap((group) => measurementGroup(group, context));
  const procedure = procedureConcept(findings.series.map((series) => series.modality));
  return {
    ...documentHeader(input, stated),
    ...buildDataset({
      ValueType: 'CONTAINER',
      ConceptNameCodeSequence: [codeItem(concepts.imagingMeasurementReport)],
      ContinuityOfContent: 'SEPARATE',
      ContentSequence: [
        ...observationContext(input),
        contentItem.code('HAS CONCEPT MOD', concepts.procedureReported, procedure),
        ...imageLibrary(findings.series),
        ...(groups.length > 0
          ? [contentItem.container('CONTAINS', concepts.imagingMeasurements, groups)]
          : []),
        ...qualitativeEvaluations(findings.outcome, presented, groups.length > 0 ? [] : statements),
      ],
    }),
  };
}

/** For machines: every measurement by code and unit, with its tracking UID (PS3.16 TID 1500). */
export const measurementReport = {
  kind: 'measurement-report',
  ...stated,
  series: { place: 2, word: 'measurements' },
  carries: ['outcome', 'measurement'],
  refersTo: [],
  write,
  claims: (dataset) => isTitled(dataset, concepts.imagingMeasurementReport),
  check: (dataset) => [...checkStructuredReport(dataset, stated.templateId), ...checkReport(dataset)],
} as const satisfies EvidenceForm;

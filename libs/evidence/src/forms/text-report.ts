import { buildDataset, codeItem, type CodedConcept, type Dataset } from '@prelector/dicom';
import type { Outcome } from '@prelector/findings';

import { algorithmStatements } from '../algorithm.js';
import { concepts } from '../concepts.js';
import { contentItem } from '../content-item.js';
import { documentHeader } from '../document-header.js';
import { briefConditionStatements, inputStatements } from '../input-statements.js';
import { measurementLines } from '../measurement-line.js';
import { observationContext } from '../observation-context.js';
import { presentFindings } from '../presented-findings.js';
import { sopClasses } from '../sop-classes.js';
import type { EvidenceForm, FormInput } from './evidence-form.js';
import { checkStructuredReport, isTitled } from './structured-report.js';

const stated = { sopClassUid: sopClasses.basicTextSr, templateId: '2000' } as const;

/** The first line of every report that people read. */
const FIRST_LINE = 'AI, NOT REVIEWED: written by software; no person has checked it.';

const outcomeWords: Readonly<Record<Outcome, string>> = {
  positive: 'positive: the model reports a finding',
  negative: 'negative: the model ran and reports no finding',
  measured: 'measured: numbers only, no statement that a disease is present or absent',
  'not-applicable': 'not applicable: the model did not run on this study',
  'incomplete-input': 'incomplete input: the model did not run, images are missing or unusable',
  failed: 'failed: the model gave no result; this says nothing about the images',
};

function section(heading: CodedConcept, line: CodedConcept, texts: readonly string[]): Dataset[] {
  if (texts.length === 0) return [];
  const items = texts.map((text) => contentItem.text('CONTAINS', line, text));
  return [contentItem.container('CONTAINS', heading, items)];
}

/** Facts that belong together, on one line: a reader scrolls past a dozen headings of one fact each. */
function inOneLine(title: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`${title}: ${texts.join('; ')}`];
}

/**
 * The companion that people can read in any viewer: a Basic Text SR after TID 2000, titled Diagnostic
 * Imaging Report, without its SOP Instance UID. It carries everything that any form says, in words, so that
 * nothing is lost where a server takes only this one.
 */
function write(input: FormInput): Dataset {
  const { findings, model } = input;
  const presented = presentFindings(findings, input.presentation);
  const algorithm = [`Algorithm: ${model.name} ${model.version}`, ...algorithmStatements(model)];
  return {
    ...documentHeader(input, stated),
    ...buildDataset({
      ValueType: 'CONTAINER',
      ConceptNameCodeSequence: [codeItem(concepts.diagnosticImagingReport)],
      ContinuityOfContent: 'SEPARATE',
      ContentSequence: [
        ...observationContext(input),
        ...section(concepts.summary, concepts.summary, [
          FIRST_LINE,
          ...presented.summary,
          `Outcome ${outcomeWords[findings.outcome]}`,
        ]),
        ...section(concepts.findings, concepts.finding, presented.groups.flatMap(measurementLines)),
        ...section(concepts.procedureDescriptions, concepts.procedureDescription, [
          ...briefConditionStatements(presented),
          ...inOneLine('Acquisition', presented.facts),
          ...inputStatements(input, presented),
          ...algorithm,
        ]),
      ],
    }),
  };
}

/** For people: every viewer shows it as text (PS3.16 TID 2000, titled 18748-4 LN). */
export const textReport = {
  kind: 'text-report',
  ...stated,
  series: { place: 1, word: 'report' },
  carries: ['outcome', 'measurement'],
  refersTo: [],
  write,
  claims: (dataset) => isTitled(dataset, concepts.diagnosticImagingReport),
  check: (dataset) => checkStructuredReport(dataset, stated.templateId),
} as const satisfies EvidenceForm;

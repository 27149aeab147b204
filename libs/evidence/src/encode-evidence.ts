import { buildDataset, derivedUid, encodePart10, type Dataset } from '@prelector/dicom';
import { canonicalJson, digestOf } from '@prelector/kernel';

import { checkEvidence } from './check-evidence.js';
import { codingSchemes } from './coding-schemes.js';
import type { DocumentForm } from './document-header.js';
import { evidenceError } from './errors.js';
import {
  evidenceKinds,
  type EncodedEvidence,
  type EvidenceInput,
  type EvidenceKind,
} from './evidence-input.js';
import { measurementReport, measurementReportForm } from './measurement-report.js';
import { textReport, textReportForm } from './text-report.js';

interface Encoder {
  readonly form: DocumentForm;
  readonly write: (input: EvidenceInput) => Dataset;
}

const encoders: Readonly<Record<EvidenceKind, Encoder>> = {
  'measurement-report': { form: measurementReportForm, write: measurementReport },
  'text-report': { form: textReportForm, write: textReport },
};

function encodeOne(input: EvidenceInput, kind: EvidenceKind): EncodedEvidence {
  const { form, write } = encoders[kind];
  const written = write(input);
  const content = { ...written, ...codingSchemes(written, input.model) };
  // Servers keep the old bytes of a known SOP Instance UID and answer 200, so any other content is another UID.
  const sopInstanceUid = derivedUid(canonicalJson(['instance', input.runKey, kind, digestOf(content)]));
  const dataset = { ...content, ...buildDataset({ SOPInstanceUID: sopInstanceUid }) };
  const problems = checkEvidence(dataset);
  if (problems.length > 0) {
    throw evidenceError('evidence.gate-refused', [...new Set(problems.map(({ rule }) => rule))].join(', '));
  }
  return {
    kind,
    sopClassUid: form.sopClassUid,
    sopInstanceUid,
    seriesInstanceUid: input.placements[kind].seriesInstanceUid,
    templateId: form.templateId,
    dataset,
    bytes: encodePart10(dataset),
  };
}

/**
 * Evidence of a run in the forms asked for, all by default. Pure: the same input gives the same bytes, and
 * any difference in a data set gives another SOP Instance UID. Every object has passed `checkEvidence`.
 *
 * @throws `evidence.identity-unwritable`, `evidence.time-zone-unknown`, `evidence.gate-refused`
 */
export function encodeEvidence(
  input: EvidenceInput,
  kinds: readonly EvidenceKind[] = evidenceKinds,
): EncodedEvidence[] {
  return kinds.map((kind) => encodeOne(input, kind));
}

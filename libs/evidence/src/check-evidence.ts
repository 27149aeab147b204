import type { Dataset } from '@prelector/dicom';

import { checkCodes } from './check-codes.js';
import { checkHeader } from './check-header.js';
import type { EvidenceForm } from './forms/evidence-form.js';
import { evidenceForms, evidenceKinds } from './forms/registry.js';
import { checkStructuredReport } from './forms/structured-report.js';
import type { Problem } from './problem.js';

/** The form that a data set says it is of. */
function formOf(dataset: Dataset): EvidenceForm | undefined {
  return evidenceKinds.map((kind) => evidenceForms[kind]).find((form) => form.claims(dataset));
}

/**
 * The gate before storing: the rules that judges and servers let pass and viewers fail on, together with those that
 * every judge knows. Empty when the data set breaks none. What says of itself that it is of none of our forms is
 * held to the rules of structured reports.
 */
export function checkEvidence(dataset: Dataset, form: EvidenceForm | undefined = formOf(dataset)): Problem[] {
  return [
    ...checkHeader(dataset),
    ...(form ? form.check(dataset) : checkStructuredReport(dataset)),
    ...checkCodes(dataset),
  ];
}

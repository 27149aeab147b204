import type { Dataset } from '@prelector/dicom';

import { checkCodes } from './check-codes.js';
import { checkContent } from './check-content.js';
import { checkDocument } from './check-document.js';
import { checkHeader } from './check-header.js';
import { checkReferences } from './check-references.js';
import { checkRelationships } from './check-relationships.js';
import { checkReport } from './check-report.js';
import type { Problem } from './problem.js';

/**
 * The gate before storing: the rules of structured reports that judges and servers let pass and viewers
 * fail on, together with those that every judge knows. Empty when the data set breaks none. Follows PS3.3
 * A.35, C.17, C.18 and PS3.16 TID 1500 and below.
 */
export function checkEvidence(dataset: Dataset): Problem[] {
  return [
    ...checkHeader(dataset),
    ...checkDocument(dataset),
    ...checkReferences(dataset),
    ...checkContent(dataset),
    ...checkRelationships(dataset),
    ...checkReport(dataset),
    ...checkCodes(dataset),
  ];
}

import type { CodedConcept, Dataset } from '@prelector/dicom';

import { checkContent } from '../check-content.js';
import { checkDocument } from '../check-document.js';
import { checkReferences } from '../check-references.js';
import { checkRelationships } from '../check-relationships.js';
import { contentTree, isNamed } from '../content-tree.js';
import type { Problem } from '../problem.js';

/** True for a structured report with that document title (Concept Name of the root item, PS3.3 C.17.3). */
export function isTitled(dataset: Dataset, title: CodedConcept): boolean {
  return isNamed(contentTree(dataset), title);
}

/**
 * The rules of every structured report that Prelector writes, whatever its template (PS3.3 A.35, C.17, C.18).
 *
 * @param templateId of the root; absent where the title is none that Prelector writes, which is then said
 */
export function checkStructuredReport(dataset: Dataset, templateId?: string): Problem[] {
  return [
    ...checkDocument(dataset, templateId),
    ...checkReferences(dataset),
    ...checkContent(dataset),
    ...checkRelationships(dataset),
  ];
}

import { itemsOf, stringOf, tags, type Dataset } from '@prelector/dicom';

import { contentNodes, contentTree } from './content-tree.js';
import type { Problem } from './problem.js';

/** SOP Instance UIDs of an evidence sequence (PS3.3 C.17.2, Hierarchical SOP Instance Reference Macro). */
function evidenceUids(dataset: Dataset): Set<string> {
  const studies = [
    ...itemsOf(dataset, tags.CurrentRequestedProcedureEvidenceSequence),
    ...itemsOf(dataset, tags.PertinentOtherEvidenceSequence),
  ];
  const instances = studies
    .flatMap((study) => itemsOf(study, tags.ReferencedSeriesSequence))
    .flatMap((series) => itemsOf(series, tags.ReferencedSOPSequence))
    .map((instance) => stringOf(instance, tags.ReferencedSOPInstanceUID) ?? '');
  return new Set(instances);
}

/** Every instance that the content refers to stands in the evidence sequence, and every study is our own. */
export function checkReferences(dataset: Dataset): Problem[] {
  const evidence = evidenceUids(dataset);
  const study = stringOf(dataset, tags.StudyInstanceUID);
  const unlisted = contentNodes(contentTree(dataset))
    .filter(({ item }) =>
      itemsOf(item, tags.ReferencedSOPSequence).some(
        (reference) => !evidence.has(stringOf(reference, tags.ReferencedSOPInstanceUID) ?? ''),
      ),
    )
    .map(({ position }) => ({
      rule: 'evidence-missing',
      where: position,
      message: 'An instance is referred to that the evidence sequence does not list.',
    }));
  const foreign = itemsOf(dataset, tags.CurrentRequestedProcedureEvidenceSequence).some(
    (item) => stringOf(item, tags.StudyInstanceUID) !== study,
  );
  const message = 'Current Requested Procedure Evidence names another study than the document.';
  return foreign
    ? [...unlisted, { rule: 'evidence-of-another-study', where: 'StudyInstanceUID', message }]
    : unlisted;
}

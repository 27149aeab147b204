import { isUid, itemsOf, stringOf, tags, type Dataset } from '@prelector/dicom';

import { concepts } from './concepts.js';
import { childrenNamed, contentTree, type ContentNode } from './content-tree.js';
import type { Problem } from './problem.js';

/** Type 1 and 2 attributes of the SR document modules (PS3.3 C.17.1, C.17.2). */
const contentAttributes = ['ContentDate', 'ContentTime', 'ContinuityOfContent'] as const;
const emptySequences = [
  'ReferencedPerformedProcedureStepSequence',
  'PerformedProcedureCodeSequence',
] as const;

/** What we always say of a pre-read: complete in content, verified by nobody, preliminary. */
const flags = {
  CompletionFlag: 'COMPLETE',
  VerificationFlag: 'UNVERIFIED',
  PreliminaryFlag: 'PRELIMINARY',
  ValueType: 'CONTAINER',
} as const;

const problem = (rule: string, where: string, message: string): Problem => ({ rule, where, message });

function checkAttributes(dataset: Dataset): Problem[] {
  return [
    ...contentAttributes
      .filter((keyword) => stringOf(dataset, tags[keyword]) === undefined)
      .map((keyword) => problem('attribute-missing', keyword, `${keyword} has no value.`)),
    ...emptySequences
      .filter((keyword) => dataset[tags[keyword]] === undefined)
      .map((keyword) => problem('attribute-absent', keyword, `${keyword} must be present, if empty.`)),
    ...Object.entries(flags)
      .filter(([keyword, value]) => stringOf(dataset, tags[keyword as keyof typeof flags]) !== value)
      .map(([keyword, value]) => problem('flag-wrong', keyword, `${keyword} must be ${value}.`)),
  ];
}

/** The root template that goes with the document title. */
function checkTemplate(dataset: Dataset, expected: string | undefined): Problem[] {
  const [template] = itemsOf(dataset, tags.ContentTemplateSequence);
  const stated = template ? stringOf(template, tags.TemplateIdentifier) : undefined;
  if (expected === undefined) {
    return [problem('title-unknown', '1', 'The document title is none that Prelector writes.')];
  }
  return stated === expected
    ? []
    : [problem('template-identifier', '1', `The root must name its template, ${expected}, in digits.`)];
}

/** TID 1001: the observer is a device with its UID; a person never stands for it. */
function checkObserver(root: ContentNode): Problem[] {
  const types = childrenNamed(root, concepts.observerType);
  const isDevice = types.some((node) =>
    itemsOf(node.item, tags.ConceptCodeSequence).some(
      (entry) => stringOf(entry, tags.CodeValue) === concepts.device.value,
    ),
  );
  const uids = childrenNamed(root, concepts.deviceObserverUid);
  return [
    ...(isDevice ? [] : [problem('observer-missing', '1', 'No device is named as the observer.')]),
    ...(uids.some((node) => isUid(stringOf(node.item, tags.UID)))
      ? []
      : [problem('observer-uid-missing', '1', 'The observing device has no UID (TID 1004).')]),
    ...(childrenNamed(root, concepts.language).length === 1
      ? []
      : [problem('language-missing', '1', 'The language of the document is not stated (TID 1204).')]),
  ];
}

/**
 * What holds for any structured report that Prelector writes.
 *
 * @param templateId of the root; undefined for a title that is none of ours
 */
export function checkDocument(dataset: Dataset, templateId: string | undefined): Problem[] {
  return [
    ...checkAttributes(dataset),
    ...checkTemplate(dataset, templateId),
    ...checkObserver(contentTree(dataset)),
  ];
}

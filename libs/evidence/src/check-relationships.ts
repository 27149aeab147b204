import type { Dataset } from '@prelector/dicom';

import { concepts } from './concepts.js';
import { contentNodes, contentTree } from './content-tree.js';
import type { Problem } from './problem.js';

/** The one relationship in which each concept stands, where the templates we write allow only one. */
const relationships: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'HAS CONCEPT MOD': [
      concepts.language,
      concepts.procedureReported,
      concepts.findingSite,
      concepts.laterality,
      concepts.measurementMethod,
      concepts.derivation,
      concepts.algorithmName,
      concepts.algorithmVersion,
      concepts.algorithmParameters,
      concepts.algorithmFamily,
    ],
    'HAS OBS CONTEXT': [
      concepts.observerType,
      concepts.deviceObserverUid,
      concepts.deviceObserverName,
      concepts.deviceObserverManufacturer,
      concepts.deviceObserverModelName,
      concepts.deviceObserverSerialNumber,
      concepts.trackingIdentifier,
      concepts.trackingUniqueIdentifier,
    ],
    'HAS ACQ CONTEXT': [concepts.modality],
  }).flatMap(([relationship, named]) =>
    named.map(({ value, scheme }) => [`${scheme} ${value}`, relationship] as const),
  ),
);

/** Relationship types as the templates have them (TID 300, 1001, 1204, 1410, 1500, 1501, 1602, 4019). */
export function checkRelationships(dataset: Dataset): Problem[] {
  return contentNodes(contentTree(dataset))
    .slice(1)
    .flatMap(({ concept, relationship, position }) => {
      const expected = relationships.get(`${concept?.scheme} ${concept?.value}`);
      const wrong = expected ? expected !== relationship : relationship === '';
      if (!wrong) return [];
      const message = expected
        ? `This concept stands in the relationship ${expected}.`
        : 'A content item has no relationship to the one above it.';
      return [{ rule: 'relationship-wrong', where: position, message }];
    });
}

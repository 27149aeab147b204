import { buildDataset, type Dataset } from '@prelector/dicom';
import type { ModelIdentity } from '@prelector/findings';

import { codesOf } from './codes-of.js';
import { PRIVATE_SCHEME } from './concepts.js';
import { shortText } from './short-text.js';

/**
 * Coding Scheme Identification (PS3.3 C.12.1.1.3) for the private schemes that a data set uses, which no
 * registry can explain: our own, and those that a model package brings.
 */
export function codingSchemes(dataset: Dataset, model: ModelIdentity): Dataset {
  const used = [...new Set(codesOf(dataset).map(({ concept }) => concept.scheme))]
    .filter((scheme) => scheme.startsWith('99'))
    .sort();
  if (used.length === 0) return {};
  const items = used.map((scheme) => {
    const own = scheme === PRIVATE_SCHEME;
    return buildDataset({
      CodingSchemeDesignator: scheme,
      CodingSchemeName: own ? 'Prelector codes' : shortText(`Codes of ${model.name}`),
      CodingSchemeResponsibleOrganization: own ? 'Prelector' : shortText(model.manufacturer),
    });
  });
  return buildDataset({ CodingSchemeIdentificationSequence: items });
}

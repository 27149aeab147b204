import { derivedUid, type Dataset } from '@prelector/dicom';
import type { ModelIdentity } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';

import { concepts } from './concepts.js';
import { contentItem } from './content-item.js';

/** Device UID of a model: the same for the same id, version and package, on every machine (IHE AIR 6.5.3.1). */
export function modelDeviceUid(model: ModelIdentity): string {
  return derivedUid(canonicalJson(['device', model.id, model.version, model.digest]));
}

/** TID 4019 Algorithm Identification, one Algorithm Parameters item per text. */
export function algorithmIdentification(model: ModelIdentity, parameters: readonly string[]): Dataset[] {
  return [
    contentItem.text('HAS CONCEPT MOD', concepts.algorithmName, model.name),
    contentItem.text('HAS CONCEPT MOD', concepts.algorithmVersion, model.version),
    ...parameters.map((text) => contentItem.text('HAS CONCEPT MOD', concepts.algorithmParameters, text)),
    contentItem.code('HAS CONCEPT MOD', concepts.algorithmFamily, model.family),
  ];
}

/** What every report says of the model beyond its name, in words. */
export function algorithmStatements(model: ModelIdentity): string[] {
  return [
    `Manufacturer: ${model.manufacturer}`,
    `Regulatory status: ${model.regulatoryStatus}`,
    `Package digest (SHA-256): ${model.digest}`,
  ];
}

import type { Dataset } from '@prelector/dicom';

import { modelDeviceUid } from './algorithm.js';
import { concepts } from './concepts.js';
import { contentItem } from './content-item.js';
import type { ResultInput } from './evidence-input.js';

/** TID 1204 and TID 1001/1002/1004: the language, and the model as the observing device; no person. */
export function observationContext({ model, installation }: ResultInput): Dataset[] {
  const observer = (concept: (typeof concepts)[keyof typeof concepts], value: string): Dataset =>
    contentItem.text('HAS OBS CONTEXT', concept, value);
  return [
    contentItem.code('HAS CONCEPT MOD', concepts.language, concepts.englishUnitedStates),
    contentItem.code('HAS OBS CONTEXT', concepts.observerType, concepts.device),
    contentItem.uidref('HAS OBS CONTEXT', concepts.deviceObserverUid, modelDeviceUid(model)),
    observer(concepts.deviceObserverName, model.name),
    observer(concepts.deviceObserverManufacturer, model.manufacturer),
    observer(concepts.deviceObserverModelName, model.id),
    observer(concepts.deviceObserverSerialNumber, installation.id),
  ];
}

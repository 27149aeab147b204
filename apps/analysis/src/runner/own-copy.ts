import type { Dataset, Element } from '@prelector/dicom';

/** A data set whose binary values are its own: those that were read are views of memory that is used again. */
export function ownCopy(dataset: Dataset): Dataset {
  return Object.fromEntries(Object.entries(dataset).map(([tag, element]) => [tag, ownElement(element)]));
}

function ownElement(element: Element): Element {
  if (element.bytes) return { ...element, bytes: new Uint8Array(element.bytes) };
  if (element.vr !== 'SQ' || !element.Value) return element;
  return { ...element, Value: element.Value.map((item) => ownCopy(item as Dataset)) };
}

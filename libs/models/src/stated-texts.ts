import { shapeWithoutText, stringsOf, type Dataset } from '@prelector/dicom';

/** What an attribute says in words; absent and unreadable are two things. */
export type StatedTexts =
  | { readonly kind: 'absent' }
  /** `shape`: how the value looks, in words that hold none of it. */
  | { readonly kind: 'unreadable'; readonly shape: string }
  | { readonly kind: 'texts'; readonly values: readonly string[] };

/**
 * The texts of an attribute: all of its values, or none. An empty one before others, a sequence, binary and bulk data
 * make it unreadable; only empty ones at the end are left out, as of a value that ends in a backslash.
 */
export function statedTexts(dataset: Dataset, tag: string): StatedTexts {
  const element = dataset[tag];
  if (element === undefined) return { kind: 'absent' };
  const shape = shapeWithoutText(element);
  if (shape !== undefined) return { kind: 'unreadable', shape };
  const values = stringsOf(dataset, tag);
  const places = (element.Value ?? []).findLastIndex((value) => !isEmpty(value)) + 1;
  if (values.length === 0) return { kind: 'absent' };
  return values.length < places
    ? { kind: 'unreadable', shape: `${places - values.length} of ${places} values are empty` }
    : { kind: 'texts', values };
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'string' && stringsOf({ text: { vr: 'LO', Value: [value] } }, 'text').length === 0;
}

import { namespaceParts } from '@prelector/findings';

/** The longest identifier taken: DICOM's LO. */
const MAX_LENGTH = 64;

/**
 * True for an identifier that may stand in a query: not empty, no wildcard of PS3.4 C.2.2.2.4 (`*`, `?`), no
 * backslash (it separates values), no control character, no half of a surrogate pair, and
 * nothing that was lost in decoding.
 */
export function isLookupValue(text: string): boolean {
  return text.length <= MAX_LENGTH && /^[^*?\\\p{Cc}\p{Cs}\u{fffd}]+$/u.test(text) && text.trim() !== '';
}

/** True for a namespace of which each part may stand in a query. */
export function isLookupNamespace(text: string): boolean {
  const { local, universal } = namespaceParts(text);
  const parts = [local, universal].filter((part) => part !== '');
  return parts.length > 0 && parts.every(isLookupValue);
}

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

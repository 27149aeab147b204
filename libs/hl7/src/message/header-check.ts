import { limits } from '@prelector/kernel';
import type { Segment } from './segment.js';

/** Kept with the message as plain text, or echoed in its acknowledgement. */
const FIELDS = [3, 4, 5, 6, 9, 10, 11, 12];

/** Control characters, and halves of surrogate pairs: neither can be kept in a database or framed again. */
const UNUSABLE = /[\p{Cc}\p{Cs}]/u;

/** The fields of MSH that cannot be kept or echoed, `['MSH-10']`: too long, or with control characters. */
export function unusableHeaderFields(header: Segment, escape: string): string[] {
  return FIELDS.filter((field) => {
    const sent = header.raw(field);
    if (sent.length > limits.hl7HeaderFieldCharacters || UNUSABLE.test(sent)) return true;
    // An escape sequence can hide one.
    if (!sent.includes(escape)) return false;
    return [1, 2, 3].some((component) => UNUSABLE.test(header.text(field, 1, component)));
  }).map((field) => `MSH-${field}`);
}

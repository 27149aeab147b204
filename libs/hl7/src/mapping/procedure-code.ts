import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { plainText } from './plain-text.js';

/** Longer than any code of DICOM or HL7; a code that is cut would be another code. */
const CODE_CHARACTERS = 64;
const MEANING_CHARACTERS = 256;

export interface ProcedureCode {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/**
 * The procedure code of an order: the first field of type CE or CWE that states one, its alternate where only
 * that is stated.
 *
 * @param problems where it is said that a code cannot be used and was left out
 */
export function procedureCodeOf(
  group: SegmentGroup,
  mapping: FeedMapping,
  problems: string[],
): ProcedureCode | undefined {
  for (const field of mapping.procedureCode) {
    const parts = [1, 2, 3, 4, 5, 6].map((component) => group.value(`${field}.${component}`) ?? '');
    const [value = '', meaning = '', scheme = ''] = parts[0] === '' ? parts.slice(3) : parts;
    if (value === '') continue;
    if (isCode(value) && isCode(scheme)) {
      return { value, meaning: plainText(meaning, MEANING_CHARACTERS), scheme };
    }
    problems.push('the procedure code is too long, or holds a control character');
    return undefined;
  }
  return undefined;
}

function isCode(text: string): boolean {
  return text.length <= CODE_CHARACTERS && !/[\p{Cc}\p{Cs}]/u.test(text);
}

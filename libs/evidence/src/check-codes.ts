import { itemsOf, stringsOf, tags, type CodedConcept, type Dataset } from '@prelector/dicom';

import { codesOf } from './codes-of.js';
import { knownDicomCode, knownMeaning } from './known-meanings.js';
import type { Problem } from './problem.js';

/** SNOMED in its retired spelling (PS3.16 8.1.1): replaced by SCT. */
const retired = new Set(['SRT', 'SNM3', '99SDM', 'SNM']);

function faultOf(concept: CodedConcept): readonly [rule: string, message: string] | undefined {
  const { value, scheme, meaning } = concept;
  if (scheme === '' || meaning === '') return ['code-incomplete', 'A code lacks its scheme or meaning.'];
  if (value.length > 16 || scheme.length > 16) return ['code-too-long', 'A code is longer than SH allows.'];
  if (meaning.length > 64) return ['meaning-too-long', 'A code meaning is longer than LO allows.'];
  if (retired.has(scheme)) return ['scheme-retired', 'A code comes from a retired scheme; SCT replaces it.'];
  const known = knownMeaning(concept);
  if (known !== undefined && known.toLowerCase() !== meaning.toLowerCase()) {
    return ['meaning-wrong', 'A code has another meaning than its scheme gives it.'];
  }
  const rightful = scheme === 'DCM' && known === undefined ? knownDicomCode(meaning) : undefined;
  return rightful === undefined ? undefined : ['code-wrong', 'A meaning stands under a code not its own.'];
}

/** Coded entries (PS3.3 section 8): complete, of legal length, current, and with the meaning they have. */
export function checkCodes(dataset: Dataset): Problem[] {
  const codes = codesOf(dataset);
  const faults = codes.flatMap(({ where, concept }) => {
    const fault = faultOf(concept);
    return fault ? [{ rule: fault[0], where, message: fault[1] }] : [];
  });
  const identified = itemsOf(dataset, tags.CodingSchemeIdentificationSequence).flatMap((item) =>
    stringsOf(item, tags.CodingSchemeDesignator),
  );
  const unexplained = codes.some(
    ({ concept: { scheme } }) => scheme.startsWith('99') && !identified.includes(scheme),
  );
  const message = 'A private code is used whose scheme the document does not name.';
  return unexplained
    ? [...faults, { rule: 'scheme-unnamed', where: 'CodingSchemeIdentificationSequence', message }]
    : faults;
}

import { itemsOf, stringOf, stringsOf, tags, type CodedConcept, type Dataset } from '@prelector/dicom';

import { PRIVATE_SCHEME } from './concepts.js';
import { knownDicomCode, knownMeaning } from './known-meanings.js';
import type { Problem } from './problem.js';

/** SNOMED in its retired spelling (PS3.16 8.1.1): replaced by SCT. */
const retired = new Set(['SRT', 'SNM3', '99SDM', 'SNM']);

interface PlacedCode {
  readonly where: string;
  readonly concept: CodedConcept;
}

/** Every coded entry of a data set, wherever it stands. */
function codesOf(dataset: Dataset, where: string): PlacedCode[] {
  return Object.entries(dataset).flatMap(([tag, element]) => {
    if (element.vr !== 'SQ') return [];
    return itemsOf(dataset, tag).flatMap((item, index) => {
      const place = tag === tags.ContentSequence ? `${where}.${index + 1}` : where;
      const value = stringOf(item, tags.CodeValue) ?? stringOf(item, tags.LongCodeValue);
      const scheme = stringOf(item, tags.CodingSchemeDesignator) ?? '';
      const meaning = stringOf(item, tags.CodeMeaning) ?? '';
      const own = value === undefined ? [] : [{ where: place, concept: { value, scheme, meaning } }];
      return [...own, ...codesOf(item, place)];
    });
  });
}

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
  const codes = codesOf(dataset, '1');
  const faults = codes.flatMap(({ where, concept }) => {
    const fault = faultOf(concept);
    return fault ? [{ rule: fault[0], where, message: fault[1] }] : [];
  });
  const identified = itemsOf(dataset, tags.CodingSchemeIdentificationSequence).flatMap((item) =>
    stringsOf(item, tags.CodingSchemeDesignator),
  );
  const unexplained = codes.some(({ concept }) => concept.scheme === PRIVATE_SCHEME);
  const message = 'A private code is used whose scheme the document does not name.';
  return unexplained && !identified.includes(PRIVATE_SCHEME)
    ? [...faults, { rule: 'scheme-unnamed', where: 'CodingSchemeIdentificationSequence', message }]
    : faults;
}

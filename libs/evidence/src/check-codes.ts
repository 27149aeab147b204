import { itemsOf, stringsOf, tags, type Dataset } from '@prelector/dicom';

import { codeFault } from './code-fault.js';
import { codesOf } from './codes-of.js';
import type { Problem } from './problem.js';

/** Coded entries (PS3.3 section 8): complete, of legal length, current, and with the meaning they have. */
export function checkCodes(dataset: Dataset): Problem[] {
  const codes = codesOf(dataset);
  const faults = codes.flatMap(({ where, concept }) => {
    const fault = codeFault(concept);
    return fault ? [{ rule: fault.rule, where, message: fault.message }] : [];
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

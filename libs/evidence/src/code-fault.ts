import type { CodedConcept } from '@prelector/dicom';

import { knownDicomCode, knownMeaning } from './known-meanings.js';

/** SNOMED in its retired spelling (PS3.16 8.1.1): replaced by SCT. */
const retired = new Set(['SRT', 'SNM3', '99SDM', 'SNM']);

/** What is wrong with a coded entry. */
export interface CodeFault {
  readonly rule: string;
  /** Without what the entry says. */
  readonly message: string;
  /** What it says and what it should, for whoever wrote it. */
  readonly advice: string;
}

/** Why a coded entry may stand in no report (PS3.3 section 8): incomplete, too long, retired, or by another meaning than its own. */
export function codeFault(concept: CodedConcept): CodeFault | undefined {
  const { value, scheme, meaning } = concept;
  const fault = (rule: string, message: string, advice: string) => ({ rule, message, advice });
  if (scheme === '' || meaning === '') {
    return fault('code-incomplete', 'A code lacks its scheme or meaning.', 'state scheme and meaning, too');
  }
  if (value.length > 16 || scheme.length > 16) {
    return fault(
      'code-too-long',
      'A code is longer than SH allows.',
      'value and scheme have at most 16 characters',
    );
  }
  if (meaning.length > 64) {
    return fault(
      'meaning-too-long',
      'A code meaning is longer than LO allows.',
      'it has at most 64 characters',
    );
  }
  if (retired.has(scheme)) {
    const advice = `the scheme ${scheme} is retired: state the concept by its code of SNOMED CT, with \`scheme: SCT\``;
    return fault('scheme-retired', 'A code comes from a retired scheme; SCT replaces it.', advice);
  }
  const known = knownMeaning(concept);
  if (known !== undefined && known.toLowerCase() !== meaning.toLowerCase()) {
    const advice = `\`${value}\` of ${scheme} means \`${known}\`, and not \`${meaning}\`: state \`meaning: ${known}\`, or another code`;
    return fault('meaning-wrong', 'A code has another meaning than its scheme gives it.', advice);
  }
  const rightful = scheme === 'DCM' && known === undefined ? knownDicomCode(meaning) : undefined;
  if (rightful === undefined) return undefined;
  const advice = `\`${meaning}\` is \`${rightful}\` of DCM, and not \`${value}\``;
  return fault('code-wrong', 'A meaning stands under a code not its own.', advice);
}

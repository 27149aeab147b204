import { anyMatches } from '@prelector/models';
import type { RuleConfiguration } from '@prelector/pipeline';

/** What the conditions of a rule look at. */
export interface StudyTraits {
  readonly modalities: readonly string[];
  readonly studyDescription: string | undefined;
  /** Codes of the orders that announced the study, and of its Procedure Code Sequence. */
  readonly procedureCodes: readonly string[];
}

/** Why a rule does not apply to a study, in words; undefined when it does. Every condition that is set must hold. */
export function whyNot(conditions: RuleConfiguration['conditions'], traits: StudyTraits): string | undefined {
  const { modalities, procedureCodes, studyDescription } = conditions;
  if (modalities.length > 0 && !modalities.some((each) => traits.modalities.includes(each))) {
    return `modality is ${list(traits.modalities)}, the rule wants ${list(modalities)}`;
  }
  if (procedureCodes.length > 0 && !procedureCodes.some((each) => traits.procedureCodes.includes(each))) {
    return `procedure code is ${list(traits.procedureCodes)}, the rule wants ${list(procedureCodes)}`;
  }
  // LO holds 64 characters; a longer one comes from a server that keeps no rule.
  const description = (traits.studyDescription ?? '').slice(0, 64);
  if (studyDescription.length > 0 && !anyMatches([description], studyDescription)) {
    return 'the Study Description matches none of the patterns of the rule';
  }
  return undefined;
}

const list = (words: readonly string[]) => (words.length === 0 ? 'not stated' : words.join(' or '));

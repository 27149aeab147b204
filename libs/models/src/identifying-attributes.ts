import { tagOf, vrOf } from '@prelector/dicom';

/** Of the patient's group, what a model may be about. */
const notIdentifying = new Set(['PatientAge', 'PatientSex', 'SOPClassUID']);
/** Names, UIDs, dates and times: each tells one patient from another. */
const identifyingVrs = new Set(['PN', 'UI', 'DA', 'DT', 'TM']);
/** The patient, the clinical trial, the visit, the reporting of old. */
const identifyingGroups = /^(?:0010|0012|0038|4008)/u;
/** Numbers and words by which requests, people and places are known (PS3.15, table E.1-1). */
const identifyingWords =
  /AccessionNumber|OrderNumber|^StudyID$|ProcedureStepID|ProcedureID|ServiceEpisode|Issuer|Comment|Telephone|Address|Institution|Physician|Operator|Requesting|PersonIdentification|PatientID|SerialNumber|StationName/u;

/**
 * True for an attribute by which a patient, or who treats one, could be recognised: it may stand in no
 * condition, fact or preference, whose values are printed, logged and kept in clear.
 */
export function isIdentifying(keyword: string): boolean {
  if (notIdentifying.has(keyword)) return false;
  const tag = tagOf(keyword);
  return identifyingVrs.has(vrOf(tag)) || identifyingGroups.test(tag) || identifyingWords.test(keyword);
}

import { tagOf, vrOf } from '@prelector/dicom';

/** Of the patient's group, what a model may be about. */
const notIdentifying = new Set(['PatientAge', 'PatientSex', 'SOPClassUID']);
/**
 * Names, UIDs, dates and times tell one patient from another; sequences may hold any of them, and free texts and
 * addresses are where people write them down.
 */
const identifyingVrs = new Set(['PN', 'UI', 'DA', 'DT', 'TM', 'SQ', 'LT', 'ST', 'UT', 'UC', 'UR', 'AE']);
/** The patient, the clinical trial, the request, the visit, former identities, the reporting of old. */
const identifyingGroups = /^(?:0010|0012|0032|0038|0400|4008)/u;
/** Numbers and words by which requests, people and places are known (PS3.15, table E.1-1). */
const identifyingWords =
  /AccessionNumber|OrderNumber|^Study(?:ID|Description)$|Procedure(?:Step)?(?:ID|Location|Description)$|ServiceEpisode|Issuer|Comment|Phone|Address|Institution|Physician|Operator|Requesting|ReasonFor|Diagnos|Transport|Person|PatientID|SerialNumber|StationName|(?:Entry|Enterer|Performed|Study|Storage)Location$|Identifier$|^(?:Device|Gantry|Detector|Plate|Cassette|Generator)ID$|TimezoneOffset|^Confidentiality/u;

/**
 * True for an attribute by which a patient, or who treats one, could be recognised: it may stand in no
 * condition, fact or preference, whose values are printed, logged and kept in clear.
 */
export function isIdentifying(keyword: string): boolean {
  if (notIdentifying.has(keyword)) return false;
  const tag = tagOf(keyword);
  return identifyingVrs.has(vrOf(tag)) || identifyingGroups.test(tag) || identifyingWords.test(keyword);
}

import { keywordOf, tagOf } from '@prelector/dicom';

/**
 * The attributes by which a person knows whose report it is and to which study it belongs (PS3.3 C.7.1.1,
 * C.7.2.1, C.7.2.2): evidence repeats them exactly as the images state them, or there is no evidence. With
 * the words by which an administrator knows them.
 */
export const identifyingAttributes = {
  PatientName: "Patient's Name",
  PatientID: 'Patient ID',
  IssuerOfPatientID: 'Issuer of Patient ID',
  IssuerOfPatientIDQualifiersSequence: 'Issuer of Patient ID Qualifiers',
  OtherPatientIDsSequence: 'Other Patient IDs',
  PatientBirthDate: "Patient's Birth Date",
  PatientSex: "Patient's Sex",
  StudyInstanceUID: 'Study Instance UID',
  StudyID: 'Study ID',
  StudyDate: 'Study Date',
  StudyTime: 'Study Time',
  AccessionNumber: 'Accession Number',
  IssuerOfAccessionNumberSequence: 'Issuer of Accession Number',
  ReferringPhysicianName: "Referring Physician's Name",
} as const;

/**
 * Attributes of the same modules that say nothing of who or which: one that cannot be repeated is left out,
 * and that is said. Clinical remarks of the source (history, allergies, comments) stay where they are;
 * nothing of its series or images is copied, and nothing private.
 */
export const descriptiveAttributes = [
  'StudyDescription',
  'PatientAge',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'DeidentificationMethodCodeSequence',
] as const;

const words = new Map<string, string>(
  Object.entries(identifyingAttributes).map(([keyword, label]) => [tagOf(keyword), label]),
);

/** How a copied attribute is called. */
export function attributeWords(tag: string): string {
  return words.get(tag) ?? keywordOf(tag)?.replace(/(?<=[a-z])(?=[A-Z])/gu, ' ') ?? tag;
}

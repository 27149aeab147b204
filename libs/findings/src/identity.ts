/** Family and given name, each taken from its own standard's order (DICOM PN, HL7 XPN). */
export interface NameParts {
  readonly family: string;
  readonly given: string;
}

/** A person's name by component groups (PS3.5 section 6.2.1): the alphabetic one, and those beside it. */
export interface ComparableName extends NameParts {
  readonly ideographic?: NameParts | undefined;
  readonly phonetic?: NameParts | undefined;
}

/** What names a patient within an issuer. */
export interface PatientNumber {
  readonly patientId?: string;
  readonly issuerOfPatientId?: string;
}

/**
 * Who and what a study is, as one source states it. An absent member was not stated. This is the one type
 * that holds identity; it is stored encrypted and never logged.
 */
export interface StudyIdentity {
  readonly patientId?: string;
  readonly issuerOfPatientId?: string;
  /** Further numbers of the patient that the same source states (repetitions of PID-3). */
  readonly otherPatientIds?: readonly PatientNumber[];
  readonly name?: ComparableName;
  /** YYYYMMDD. */
  readonly birthDate?: string;
  readonly sex?: string;
  readonly studyInstanceUid?: string;
  readonly accessionNumber?: string;
  readonly issuerOfAccessionNumber?: string;
}

/** What the header of one image states: beside what other sources are compared with, all that identifies in a report. */
export interface ImageIdentity extends StudyIdentity {
  /** By keyword, in one spelling (`imageIdentityOf` of @prelector/evidence); absent where it is not stated. */
  readonly stated: Readonly<Record<string, string>>;
}

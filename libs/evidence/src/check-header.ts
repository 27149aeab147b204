import { isUid, stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';

import type { Problem } from './problem.js';

/** Attributes with a value in every object we store: type 1, and the identity that we never go without. */
const required = [
  'SOPClassUID',
  'SOPInstanceUID',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'PatientID',
  'Modality',
  'SeriesNumber',
  'InstanceNumber',
  'Manufacturer',
  'ManufacturerModelName',
  'DeviceSerialNumber',
  'SoftwareVersions',
  'SeriesDescription',
] as const;

/** Type 2: present, empty when not known. */
const present = [
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ReferringPhysicianName',
  'StudyID',
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
] as const;

const uids = ['SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID'] as const;

const problem = (rule: string, where: string, message: string): Problem => ({ rule, where, message });

/** Attributes of patient, study, series, equipment and SOP Common that every object we store must have. */
export function checkHeader(dataset: Dataset): Problem[] {
  const missing = required
    .filter((keyword) => stringOf(dataset, tags[keyword]) === undefined)
    .map((keyword) => problem('attribute-missing', keyword, `${keyword} has no value.`));
  const absent = present
    .filter((keyword) => dataset[tags[keyword]] === undefined)
    .map((keyword) => problem('attribute-absent', keyword, `${keyword} must be present, if empty.`));
  const malformed = uids
    .filter((keyword) => stringsOf(dataset, tags[keyword]).some((uid) => !isUid(uid)))
    .map((keyword) => problem('uid-malformed', keyword, `${keyword} is not a valid UID.`));
  const charset = stringsOf(dataset, tags.SpecificCharacterSet).join('\\');
  return [
    ...missing,
    ...absent,
    ...malformed,
    ...(charset === 'ISO_IR 192'
      ? []
      : [problem('character-set', 'SpecificCharacterSet', 'Evidence is written in ISO_IR 192.')]),
    ...((stringOf(dataset, tags.SeriesDescription)?.startsWith('AI ') ?? true)
      ? []
      : [problem('series-not-marked', 'SeriesDescription', 'The series must say first that it is AI.')]),
  ];
}

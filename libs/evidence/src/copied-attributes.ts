import { buildDataset, stringOf, tags, type Dataset, type Element } from '@prelector/dicom';

import { evidenceError } from './errors.js';

/**
 * Attributes of the Patient and Study modules that evidence repeats as the archive states them (PS3.3
 * C.7.1.1, C.7.2.1, C.7.2.2). Nothing of the source's series or images is copied, and nothing private.
 */
const copiedKeywords = [
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'IssuerOfAccessionNumberSequence',
  'ReferringPhysicianName',
  'StudyDescription',
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'IssuerOfPatientIDQualifiersSequence',
  'PatientBirthDate',
  'PatientSex',
  'OtherPatientIDsSequence',
  'PatientAge',
  'StudyInstanceUID',
  'StudyID',
] as const;

/** Type 2 in every composite object: present even when the archive has no value. */
const emptyWhenAbsent = {
  StudyDate: '',
  StudyTime: '',
  AccessionNumber: '',
  ReferringPhysicianName: '',
  PatientName: '',
  PatientID: '',
  PatientBirthDate: '',
  PatientSex: '',
  StudyID: '',
} as const;

/** What a value must look like to be written without change (PS3.5 table 6.2-1). */
const writable: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/u,
  CS: /^[A-Z0-9_ ]{1,16}$/u,
  DA: /^\d{8}$/u,
  LO: /^[^\\\p{Cc}]{1,64}$/u,
  PN: /^[^\\\p{Cc}]{1,64}$/u,
  SH: /^[^\\\p{Cc}]{1,16}$/u,
  TM: /^\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?$/u,
  UI: /^[0-9.]{1,64}$/u,
  UT: /^[^\p{Cc}]{1,1024}$/u,
};

function plainValue(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return plainDataset(value as Dataset);
  if (vr !== 'PN') {
    const text = String(value).replace(/[\0 ]+$/u, '');
    return writable[vr]?.test(text) ? text : undefined;
  }
  const groups = (typeof value === 'string' ? { Alphabetic: value } : value) as Record<string, string>;
  const kept = ['Alphabetic', 'Ideographic', 'Phonetic'].flatMap((group): [string, string][] => {
    const text = groups[group]?.replace(/[\0 ]+$/u, '');
    return text && writable['PN']?.test(text) ? [[group, text]] : [];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function plainElement(element: Element): Element {
  const values = (element.Value ?? [])
    .filter((value) => value !== null && value !== undefined && value !== '')
    .map((value) => plainValue(element.vr, value))
    .filter((value) => value !== undefined);
  return values.length > 0 ? { vr: element.vr, Value: values } : { vr: element.vr };
}

/** The standard attributes of an item, values normalised, private ones left out. */
function plainDataset(item: Dataset): Dataset {
  return Object.fromEntries(
    Object.entries(item)
      .filter(([tag]) => parseInt(tag.slice(3, 4), 16) % 2 === 0)
      .map(([tag, element]): [string, Element] => [tag, plainElement(element)])
      .filter(([, element]) => element.Value !== undefined),
  );
}

/**
 * Patient and study attributes of evidence, taken from the archive's present answer. A value that DICOM
 * could not carry unchanged (too long, malformed) is left out rather than cut. Throws
 * `evidence.identity-missing` when that leaves no Patient ID or Study Instance UID.
 */
export function copiedAttributes(source: Dataset): Dataset {
  const dataset = buildDataset(emptyWhenAbsent);
  for (const keyword of copiedKeywords) {
    const element = source[tags[keyword]];
    if (element === undefined) continue;
    const plain = plainElement(element);
    if (plain.Value !== undefined) dataset[tags[keyword]] = plain;
  }
  for (const keyword of ['PatientID', 'StudyInstanceUID'] as const) {
    if (stringOf(dataset, tags[keyword]) === undefined) {
      throw evidenceError('evidence.identity-missing', keyword);
    }
  }
  return dataset;
}

import {
  buildDataset,
  encodePart10,
  personNameOf,
  stringOf,
  tagOf,
  tags,
  type Dataset,
  type Element,
  type PersonNameValue,
} from '@prelector/dicom';

import { evidenceError } from './errors.js';

/**
 * Attributes of the Patient and Study modules that evidence repeats as the archive states them (PS3.3
 * C.7.1.1, C.7.2.1, C.7.2.2): who and which study, and whether that is a pseudonym. Clinical remarks of the
 * source (history, allergies, comments) stay where they are; nothing of its series or images is copied, and
 * nothing private.
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
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'DeidentificationMethodCodeSequence',
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

/** Bears the attribute under trial while `encodePart10` judges it. */
const bearer = buildDataset({ SOPClassUID: '1.2.840.10008.1.1', SOPInstanceUID: '2.25.1' });

/** True when DICOM can carry the value unchanged: the encoder refuses whatever it would have to cut or guess. */
function isWritable(tag: string, element: Element): boolean {
  try {
    encodePart10({ ...bearer, [tag]: element });
    return true;
  } catch {
    return false;
  }
}

/** Private tags have an odd group (PS3.5 7.8). */
function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
}

function isStated(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

function unpadded(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/[\0 ]+$/u, '') : value;
}

/** A person name by component groups, also where a server sends all groups as one text. */
function nameGroups(value: unknown): PersonNameValue {
  const { Alphabetic, ...others } = (
    typeof value === 'string' ? { Alphabetic: value } : value
  ) as PersonNameValue;
  const groups = { ...others, ...personNameOf(Alphabetic ?? '') };
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, text]) =>
      typeof text === 'string' && unpadded(text) !== '' ? [[group, unpadded(text)]] : [],
    ),
  );
}

function plainValue(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return plainDataset(value as Dataset);
  if (vr === 'PN') return nameGroups(value);
  return unpadded(value);
}

/** Values without padding and empty ones; undefined when none is left. */
function plainElement({ vr, Value: values = [] }: Element): Element | undefined {
  const plain = values
    .filter(isStated)
    .map((value) => plainValue(vr, value))
    .filter((value) => isStated(value) && !(vr === 'PN' && Object.keys(value as object).length === 0));
  return plain.length > 0 ? { vr, Value: plain } : undefined;
}

/** The standard attributes of an item, values normalised; private ones are left out. */
function plainDataset(item: Dataset): Dataset {
  return Object.fromEntries(
    Object.entries(item).flatMap(([tag, element]) => {
      const plain = isPrivate(tag) ? undefined : plainElement(element);
      return plain ? [[tag, plain]] : [];
    }),
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
    const element = source[tagOf(keyword)];
    if (element === undefined) continue;
    const plain = plainElement(element);
    if (plain && isWritable(tagOf(keyword), plain)) dataset[tagOf(keyword)] = plain;
  }
  for (const keyword of ['PatientID', 'StudyInstanceUID'] as const) {
    if (stringOf(dataset, tags[keyword]) === undefined) {
      throw evidenceError('evidence.identity-missing', keyword);
    }
  }
  return dataset;
}

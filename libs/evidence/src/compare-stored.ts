import {
  itemsOf,
  keywordOf,
  stringOf,
  tagOf,
  tags,
  type Dataset,
  type Part10,
  type PersonNameValue,
} from '@prelector/dicom';
import { compareArchiveWithArchive, identityOfDataset } from '@prelector/findings';

import { identifyingAttributes } from './identifying-attributes.js';
import { sameElement, sameFrames } from './same-element.js';

/** An attribute that differs between what was sent and what came back. Never its value. */
export interface StoredDifference {
  readonly tag: string;
  readonly keyword: string;
}

/** What reading back shows. */
export interface StoredComparison {
  /**
   * `equal`: every attribute came back as sent. `coerced`: the archive changed or added administrative
   * attributes only. `misfiled`: another patient or study, or none stated. `different`: the content, the
   * instance or the series is not what was sent.
   */
  readonly verdict: 'equal' | 'coerced' | 'misfiled' | 'different';
  readonly differences: readonly StoredDifference[];
  /** A sentence for a person, naming attributes only. */
  readonly reason: string;
}

/**
 * What an archive may set by its own records without touching what a report says. Identity is compared
 * apart, so a name here differs in its spelling only.
 */
const administrative: ReadonlySet<string> = new Set(
  [
    'SpecificCharacterSet',
    'TimezoneOffsetFromUTC',
    'InstanceCreationDate',
    'InstanceCreationTime',
    'StudyDate',
    'StudyTime',
    'SeriesDate',
    'SeriesTime',
    'AccessionNumber',
    'IssuerOfAccessionNumberSequence',
    'ReferringPhysicianName',
    'StudyDescription',
    'SeriesDescription',
    'InstitutionName',
    'PatientName',
    'PatientBirthDate',
    'PatientSex',
    'PatientAge',
    'PatientIdentityRemoved',
    'DeidentificationMethod',
    'DeidentificationMethodCodeSequence',
    'IssuerOfPatientID',
    'IssuerOfPatientIDQualifiersSequence',
    'OtherPatientIDsSequence',
    'StudyID',
    'SeriesNumber',
    'ReferencedPerformedProcedureStepSequence',
    'PerformedProcedureCodeSequence',
    'ReferencedRequestSequence',
  ].map((keyword) => tagOf(keyword)),
);

/** Groups in which an archive adds nothing of its own: content of reports, segments, graphics and pixels. */
const contentGroups = ['0028', '0042', '0062', '0070', '5200', '7FE0'];

function isContent(tag: string): boolean {
  return contentGroups.includes(tag.slice(0, 4)) || tag.startsWith('0040A') || tag.startsWith('0040D');
}

/** Tags of file meta information and group lengths say nothing of the data set (PS3.5 7.2, PS3.10 7.1). */
function isCounted(tag: string): boolean {
  return !tag.startsWith('0002') && !tag.endsWith('0000');
}

/** An archive may add its own device to the contributing equipment, never remove or change ours. */
function equipmentKept(sent: Dataset, readBack: Dataset): boolean {
  const tag = tags.ContributingEquipmentSequence;
  const found = itemsOf(readBack, tag);
  return itemsOf(sent, tag).every((item) =>
    found.some((other) => sameElement({ vr: 'SQ', Value: [item] }, { vr: 'SQ', Value: [other] })),
  );
}

function isCoercion(tag: string, sent: Dataset, readBack: Dataset): boolean {
  if (tag === tags.ContributingEquipmentSequence) return equipmentKept(sent, readBack);
  return administrative.has(tag) || (sent[tag] === undefined && !isContent(tag));
}

const groups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;

/** What says whose report it is, and was sent, and did not come back. */
function lostIdentity(sent: Dataset, readBack: Dataset): string[] {
  return (['PatientName', 'PatientBirthDate', 'PatientSex', 'AccessionNumber'] as const)
    .filter((keyword) => {
      const [before, after] = [sent, readBack].map((each) => each[tags[keyword]]?.Value?.[0] ?? '');
      if (typeof before === 'string') return before !== '' && !isStated(after);
      const [first, second] = [before, after] as PersonNameValue[];
      return groups.some((group) => isStated(first?.[group]) && !isStated(second?.[group]));
    })
    .map((keyword) => identifyingAttributes[keyword]);
}

const isStated = (value: unknown) => typeof value === 'string' && /[^\s\0^]/u.test(value);

/**
 * Compares what was sent with what the archive gives back (read from the whole instance: a BulkDataURI in
 * metadata counts as a difference). Padding, number spelling and character set are no differences. Identity
 * follows the rule for archive against archive: a stated difference, or a missing Patient ID or Study
 * Instance UID, is `misfiled`; and so is a report that came back without the name, birth date, sex or
 * accession number that it was sent with.
 */
export function compareStored(sent: Dataset, readBack: Dataset): StoredComparison {
  return compareStoredFiles({ dataset: sent }, { dataset: readBack });
}

/** The same of whole files, with their pixel data: what is not the same frames as they were sent is other content. */
export function compareStoredFiles(
  { dataset: sent, pixelData: sentPixels }: Pick<Part10, 'dataset' | 'pixelData'>,
  { dataset: readBack, pixelData }: Pick<Part10, 'dataset' | 'pixelData'>,
): StoredComparison {
  const differing = [...new Set([...Object.keys(sent), ...Object.keys(readBack)])]
    .filter((tag) => isCounted(tag) && !sameElement(sent[tag], readBack[tag]))
    .concat(sameFrames(sentPixels, pixelData) ? [] : [tags.PixelData])
    .sort();
  const differences = differing.map((tag) => ({ tag, keyword: keywordOf(tag) ?? tag }));
  const words = differences.map(({ keyword }) => keyword).join(', ');
  const identity = compareArchiveWithArchive(identityOfDataset(sent), identityOfDataset(readBack));
  if (identity.verdict === 'holds') {
    return {
      verdict: 'misfiled',
      differences,
      reason: `read back under another identity: ${identity.reason}`,
    };
  }
  const lost = lostIdentity(sent, readBack);
  if (lost.length > 0) {
    return { verdict: 'misfiled', differences, reason: `read back without its ${lost.join(', ')}` };
  }
  if (differences.length === 0) return { verdict: 'equal', differences, reason: 'read back as it was sent' };
  const sameInstance = stringOf(sent, tags.SOPInstanceUID) === stringOf(readBack, tags.SOPInstanceUID);
  return sameInstance && differing.every((tag) => isCoercion(tag, sent, readBack))
    ? { verdict: 'coerced', differences, reason: `the archive changed or added: ${words}` }
    : { verdict: 'different', differences, reason: `read back with other content: ${words}` };
}

import type { Dataset } from '@prelector/dicom';
import { stringOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import {
  compareSearchWithInstance,
  identityOfDataset,
  identityOfSearch,
  isSaidAlike,
  isSourceSeries,
  readableModality,
  withoutEmpty,
} from '@prelector/findings';
import { PrelectorError, isOwnFault } from '@prelector/kernel';
import type { SiteNode } from '../site/site-view.js';

/** What an archive says of a study at this moment. */
export interface ArchiveView {
  /** Every attribute of one instance before its pixel data, as its own file states them. */
  readonly source: Dataset;
  readonly identity: StudyIdentity;
}

interface InstanceUids {
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
}

/**
 * Reads who and what a study is now, in the file of one of its instances: searches and metadata come from an
 * archive's database, which may have lost characters of a name (Orthanc answers searches in Latin-1, and
 * metadata of ISO 2022 IR 13 without their escape sequences). Undefined when the instance is not there.
 *
 * @throws `archive.another-study`
 */
export async function viewStudy(
  client: DicomWebClient,
  studyInstanceUid: string,
  { seriesInstanceUid, sopInstanceUid }: InstanceUids,
): Promise<ArchiveView | undefined> {
  let source: Dataset;
  try {
    source = await client.retrieveInstanceHeader(studyInstanceUid, seriesInstanceUid, sopInstanceUid);
  } catch (thrown) {
    if (thrown instanceof PrelectorError && thrown.code === 'dicomweb.not-found') return undefined;
    throw thrown;
  }
  const identity = identityOfDataset(source);
  if (identity.studyInstanceUid !== undefined && identity.studyInstanceUid !== studyInstanceUid) {
    throw new PrelectorError(
      'archive.another-study',
      'permanent',
      'The archive answered for another study than was asked for.',
    );
  }
  return { source, identity };
}

/**
 * As `viewStudy`, by the first image that the archive lists of a study; undefined when it lists none.
 *
 * @param ownSeries series that Prelector made, whose identity is the one that was right when they were made
 */
export async function viewAnyImage(
  client: DicomWebClient,
  studyInstanceUid: string,
  ownSeries: ReadonlySet<string>,
): Promise<ArchiveView | undefined> {
  for (const series of await client.searchForSeries(studyInstanceUid)) {
    const seriesInstanceUid = stringOf(series, '0020000E');
    const modality = readableModality(stringOf(series, '00080060'));
    if (!seriesInstanceUid || !isSourceSeries({ seriesInstanceUid, modality }, ownSeries)) continue;
    const view = await viewFirstOf(client, studyInstanceUid, seriesInstanceUid);
    if (view) return view;
  }
  return undefined;
}

async function viewFirstOf(
  client: DicomWebClient,
  studyInstanceUid: string,
  seriesInstanceUid: string,
): Promise<ArchiveView | undefined> {
  const [instance] = await client.searchForInstances(studyInstanceUid, seriesInstanceUid, { limit: 1 });
  const sopInstanceUid = instance && stringOf(instance, '00080018');
  return sopInstanceUid
    ? viewStudy(client, studyInstanceUid, { seriesInstanceUid, sopInstanceUid })
    : undefined;
}

/** What a study is joined with orders by. */
export interface JoiningIdentity {
  readonly identity: StudyIdentity;
  /** A search alone stated its accession number, and no instance. */
  readonly isListed: boolean;
  /** A search alone stated who the patient is, and no instance: without a name. */
  readonly isPatientListed: boolean;
}

/** What a study is looked at for. */
export interface SoughtIdentity {
  /** Accession number for which more than one image is looked at. */
  readonly accessionNumber?: string | undefined;
  /** Tells what its instances stated before: where the search states otherwise, one is looked at in any case. */
  readonly before?: () => Promise<StudyIdentity | undefined>;
}

/** Of each of at most so many series one image is looked at for a number that the first one does not state. */
const looksAtMost = 5;

/**
 * The identities by which a study that a search named is joined with orders, one for each accession number: what the
 * search states, or where searches may lose characters also what an image does, or any other object of a study without
 * images. What such a search states alone counts only where every server says it, and the images' own value, alike; the
 * first has what counts of it. Empty where no image can be had now and the search may have lost characters; what one that
 * loses none states counts by itself then.
 */
export async function identitiesToJoin(
  client: DicomWebClient,
  { qido }: SiteNode['profile'],
  studyInstanceUid: string,
  searched: StudyIdentity,
  { accessionNumber: sought, before }: SoughtIdentity = {},
): Promise<JoiningIdentity[]> {
  if (qido.text !== 'exact')
    return joiningIdentities(searched, await statedByImages(client, studyInstanceUid, searched, sought));
  const asSearched = [{ identity: searched, isListed: true, isPatientListed: true }];
  const earlier = await before?.();
  if (!earlier || !isContradicted(searched, earlier)) return asSearched;
  try {
    const seen = await statedByImages(client, studyInstanceUid, searched, sought);
    return seen.length > 0 ? joiningIdentities(searched, seen) : asSearched;
  } catch (thrown) {
    if (isOwnFault(thrown)) throw thrown;
    return asSearched;
  }
}

async function statedByImages(
  client: DicomWebClient,
  studyInstanceUid: string,
  searched: StudyIdentity,
  sought: string | undefined,
): Promise<StudyIdentity[]> {
  const seen: StudyIdentity[] = [];
  for (const seriesInstanceUid of (await seriesToLookAt(client, studyInstanceUid)).slice(0, looksAtMost)) {
    const view = await viewFirstOf(client, studyInstanceUid, seriesInstanceUid);
    if (!view) continue;
    seen.push(view.identity);
    if (isEnough(searched, seen, sought?.trim())) break;
  }
  return seen;
}

/** Whether a search states another patient than instances did, in anything: an archive may have corrected them all. */
function isContradicted(searched: StudyIdentity, before: StudyIdentity): boolean {
  const patientOf = ({ patientId, issuerOfPatientId, birthDate, sex }: StudyIdentity) =>
    withoutEmpty({ patientId, issuerOfPatientId, birthDate, sex });
  return compareSearchWithInstance(patientOf(searched), patientOf(before)).verdict === 'holds';
}

/** Series Instance UIDs of a study, those of images first. */
async function seriesToLookAt(client: DicomWebClient, studyInstanceUid: string): Promise<string[]> {
  const none = new Set<string>();
  const [images, others]: [string[], string[]] = [[], []];
  for (const series of await client.searchForSeries(studyInstanceUid)) {
    const seriesInstanceUid = stringOf(series, '0020000E');
    const modality = readableModality(stringOf(series, '00080060'));
    if (!seriesInstanceUid) continue;
    (isSourceSeries({ seriesInstanceUid, modality }, none) ? images : others).push(seriesInstanceUid);
  }
  return [...images, ...others];
}

/** Whether what was seen explains what a search states, and states the number that is sought. */
function isEnough(searched: StudyIdentity, seen: readonly StudyIdentity[], sought?: string): boolean {
  if (isOwn('patientId', searched, seen) || isOwn('accessionNumber', searched, seen)) return false;
  return !sought || seen.some(({ accessionNumber }) => accessionNumber?.trim() === sought);
}

/**
 * Whether a number that a search states is one that the archive has beside those of the images: only where all of them are
 * such as every server says alike, else it may be what a search makes of theirs.
 */
function isOwn(
  name: 'patientId' | 'accessionNumber',
  searched: StudyIdentity,
  seen: readonly StudyIdentity[],
): boolean {
  const value = searched[name]?.trim();
  const stated = seen.flatMap((each) => each[name]?.trim() ?? []);
  return !!value && !stated.includes(value) && [value, ...stated].every(isSaidAlike);
}

/** What a search states of a study and what its images do, as one. */
export function joiningIdentities(
  searched: StudyIdentity,
  seen: readonly StudyIdentity[],
): JoiningIdentity[] {
  const [first] = seen;
  if (!first) return [];
  const { patientId, issuerOfPatientId, birthDate, sex } = searched;
  const listedPatient = withoutEmpty({ patientId, issuerOfPatientId, birthDate, sex });
  const isPatientListed = isOwn('patientId', searched, seen);
  const asListed = (identity: StudyIdentity): StudyIdentity => {
    if (!isPatientListed) return identity;
    const { patientId: _id, issuerOfPatientId: _issuer, ...rest } = identity;
    const { name: _name, birthDate: _date, sex: _sex, ...study } = rest;
    return { ...study, ...listedPatient };
  };
  const byNumber = Map.groupBy(seen, ({ accessionNumber }) => accessionNumber?.trim());
  const stated = [...byNumber.values()].flatMap(([one]) => (one ? asListed(one) : []));
  const numbered = stated.filter((each) => each.accessionNumber);
  const own = (numbered.length > 0 ? numbered : stated).map((identity) => ({
    identity,
    isListed: false,
    isPatientListed,
  }));
  if (!isOwn('accessionNumber', searched, seen)) return own;
  const { accessionNumber: _number, issuerOfAccessionNumber: _issuer, ...patient } = asListed(first);
  const { accessionNumber, issuerOfAccessionNumber } = searched;
  const listed = { ...patient, ...withoutEmpty({ accessionNumber, issuerOfAccessionNumber }) };
  return [
    { identity: listed, isListed: true, isPatientListed },
    ...own.filter(({ identity }) => identity.accessionNumber),
  ];
}

/**
 * What a search states of a study, without a name: once, or for each patient under whom it lists it; empty when it
 * lists none.
 */
export async function listedIdentities(
  client: DicomWebClient,
  studyInstanceUid: string,
): Promise<StudyIdentity[]> {
  const listed: StudyIdentity[] = [];
  for await (const answer of client.searchForStudies({ studyInstanceUid }))
    listed.push(identityOfSearch(answer));
  return listed;
}

/** The selected instances that the archive no longer lists. */
export async function missingInstances(
  client: DicomWebClient,
  studyInstanceUid: string,
  inputs: readonly { seriesInstanceUid: string; sopInstanceUid: string }[],
): Promise<string[]> {
  const series = [...new Set(inputs.map((each) => each.seriesInstanceUid))];
  const there = new Set<string | undefined>();
  for (const seriesInstanceUid of series) {
    for (const each of await client.searchForInstances(studyInstanceUid, seriesInstanceUid)) {
      there.add(stringOf(each, '00080018'));
    }
  }
  return inputs.map((each) => each.sopInstanceUid).filter((uid) => !there.has(uid));
}

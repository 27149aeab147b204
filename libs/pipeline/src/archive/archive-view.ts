import type { Dataset } from '@prelector/dicom';
import { stringOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfDataset, identityOfSearch, isSourceSeries, readableModality } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
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

/**
 * The identity, without a name, by which a study that a search named is joined with orders: what the search states, or
 * where searches may lose characters what an image does, or any other object of a study without images. Undefined where
 * none of them can be had now.
 */
export async function identityToJoin(
  client: DicomWebClient,
  { qido }: SiteNode['profile'],
  studyInstanceUid: string,
  searched: StudyIdentity,
): Promise<StudyIdentity | undefined> {
  if (qido.text === 'exact') return searched;
  const none = new Set<string>();
  const view = await viewAnyImage(client, studyInstanceUid, none);
  const { name: _undecided, ...identity } =
    (view ?? (await viewAnyObject(client, studyInstanceUid)))?.identity ?? {};
  return Object.keys(identity).length > 0 ? identity : undefined;
}

async function viewAnyObject(
  client: DicomWebClient,
  studyInstanceUid: string,
): Promise<ArchiveView | undefined> {
  for (const series of await client.searchForSeries(studyInstanceUid)) {
    const uid = stringOf(series, '0020000E');
    const view = uid && (await viewFirstOf(client, studyInstanceUid, uid));
    if (view) return view;
  }
  return undefined;
}

/** What a search states of a study, without a name: once, or for each patient under whom it lists it; empty when it lists none. */
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

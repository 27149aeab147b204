import type { Dataset } from '@prelector/dicom';
import { readPart10, stringOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfDataset } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';

/** What an archive says of a study at this moment. */
export interface ArchiveView {
  /** Patient and study attributes: those of one selected instance, completed by the study-level answer. */
  readonly source: Dataset;
  readonly identity: StudyIdentity;
}

/** Patient and study attributes that the study-level answer may know newer than an instance's metadata. */
const studyLevel = [
  '00080020',
  '00080030',
  '00080050',
  '00080051',
  '00080090',
  '00100010',
  '00100020',
  '00100021',
  '00100030',
  '00100040',
  '0020000D',
  '00200010',
];

/**
 * Reads what the archive says of a study now: the study-level answer, and what that does not return from the
 * metadata of one selected instance. Undefined when the study is not there. A disagreement between the two
 * is left to the comparison: the study-level answer wins, as it is what a reader of the archive sees.
 */
export async function viewStudy(
  client: DicomWebClient,
  studyInstanceUid: string,
  selected: { seriesInstanceUid: string; sopInstanceUid: string },
): Promise<ArchiveView | undefined> {
  let answer: Dataset | undefined;
  for await (const each of client.searchForStudies({ studyInstanceUid })) answer ??= each;
  if (!answer) return undefined;
  const metadata = await headerOf(client, studyInstanceUid, selected);
  if (!metadata) return undefined;
  const source: Dataset = { ...metadata };
  for (const tag of studyLevel) {
    const element = answer[tag];
    if (element && (stringOf(answer, tag) !== undefined || element.vr === 'SQ')) source[tag] = element;
  }
  const fromInstance = identityOfDataset(metadata);
  if (fromInstance.studyInstanceUid !== undefined && fromInstance.studyInstanceUid !== studyInstanceUid) {
    throw new PrelectorError(
      'archive.another-study',
      'permanent',
      'The archive answered for another study than was asked for.',
    );
  }
  return { source, identity: identityOfDataset(source) };
}

const withoutMetadata = new Set(['dicomweb.metadata-unsupported', 'dicomweb.not-acceptable']);

/** Metadata of one instance; its part-10 header where the server gives no metadata; undefined when it is not there. */
async function headerOf(
  client: DicomWebClient,
  studyInstanceUid: string,
  { seriesInstanceUid, sopInstanceUid }: { seriesInstanceUid: string; sopInstanceUid: string },
): Promise<Dataset | undefined> {
  try {
    return await client
      .retrieveInstanceMetadata(studyInstanceUid, seriesInstanceUid, sopInstanceUid)
      .catch(async (thrown: unknown) => {
        if (!(thrown instanceof PrelectorError) || !withoutMetadata.has(thrown.code)) throw thrown;
        const bytes = await client.retrieveInstance(studyInstanceUid, seriesInstanceUid, sopInstanceUid);
        return readPart10(bytes, { stopBeforePixelData: true }).dataset;
      });
  } catch (thrown) {
    if (thrown instanceof PrelectorError && thrown.code === 'dicomweb.not-found') return undefined;
    throw thrown;
  }
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

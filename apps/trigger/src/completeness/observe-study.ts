import type { DicomWebClient } from '@prelector/dicomweb';
import { stringOf, tags } from '@prelector/dicom';
import type { ObservedSeries } from '@prelector/findings';
import { isSourceSeries, readableModality } from '@prelector/findings';
import { statedCount } from '@prelector/pipeline';

/** What a server lists of a study at one moment. */
export interface ObservedStudy {
  readonly source: ObservedSeries[];
  /** Instances of all other series; undefined where the server does not count those. */
  readonly otherInstances: number | undefined;
}

/**
 * The series of a study as the server counts them now; source instances are counted one by one where the
 * server states no count that can be one. Empty when the study is not there.
 */
export async function observeStudy(
  client: DicomWebClient,
  studyInstanceUid: string,
  ownSeries: ReadonlySet<string>,
): Promise<ObservedStudy> {
  const listed = (await client.searchForSeries(studyInstanceUid)).map((answer) => ({
    seriesInstanceUid: stringOf(answer, '0020000E') ?? '',
    modality: readableModality(stringOf(answer, '00080060')),
    instances: statedCount(answer, tags.NumberOfSeriesRelatedInstances),
  }));
  const isSource = (each: (typeof listed)[number]) =>
    each.seriesInstanceUid !== '' && isSourceSeries(each, ownSeries);
  const others = listed.filter((each) => !isSource(each)).map(({ instances }) => instances);
  const source = listed.filter(isSource).map(async ({ instances, ...each }) => ({
    ...each,
    instances:
      instances ?? (await client.searchForInstances(studyInstanceUid, each.seriesInstanceUid)).length,
  }));
  return {
    source: await Promise.all(source),
    otherInstances: others.includes(undefined)
      ? undefined
      : others.reduce<number>((sum, each) => sum + (each ?? 0), 0),
  };
}

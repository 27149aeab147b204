import type { DicomWebClient } from '@prelector/dicomweb';
import { numberOf, stringOf } from '@prelector/dicom';
import type { ObservedSeries } from '@prelector/findings';
import { isSourceSeries, readableModality } from '@prelector/findings';

/**
 * The source series of a study as the server counts them now; instances are counted one by one where the
 * server states no count. Empty when the study is not there.
 */
export async function observeStudy(
  client: DicomWebClient,
  studyInstanceUid: string,
  ownSeries: ReadonlySet<string>,
): Promise<ObservedSeries[]> {
  const answers = await client.searchForSeries(studyInstanceUid);
  const series = answers.flatMap((answer) => {
    const seriesInstanceUid = stringOf(answer, '0020000E');
    const modality = readableModality(stringOf(answer, '00080060'));
    if (seriesInstanceUid === undefined || !isSourceSeries({ seriesInstanceUid, modality }, ownSeries))
      return [];
    return [{ seriesInstanceUid, modality, instances: numberOf(answer, '00201209') }];
  });
  return Promise.all(
    series.map(async (each) =>
      each.instances === undefined
        ? {
            ...each,
            instances: (await client.searchForInstances(studyInstanceUid, each.seriesInstanceUid)).length,
          }
        : each,
    ),
  );
}

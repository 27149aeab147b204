import type { Dataset } from '@prelector/dicom';
import { stringOf, tags } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { ObservedSeries } from '@prelector/findings';
import { PrelectorError, counted } from '@prelector/kernel';
import { statedCount } from '@prelector/pipeline';

/** A study as it is asked of a server, and whether the search for studies found it. */
interface AskedStudy {
  readonly client: DicomWebClient;
  readonly studyInstanceUid: string;
  readonly isFound: boolean;
}

/**
 * Why the answers of a server are less than what was observed of the copy last: the study is not found, a series is
 * not listed, or has fewer instances. Instances are counted as they were for the observation: one by one where the
 * server states no count. Undefined where nothing is lacking, whatever has come besides.
 *
 * @param listed the series as the server lists them now, derived objects as well
 */
export async function shortOfObserved(
  { client, studyInstanceUid, isFound }: AskedStudy,
  listed: readonly Dataset[],
  observed: readonly ObservedSeries[],
): Promise<PrelectorError | undefined> {
  const answers = new Map(listed.map((each) => [stringOf(each, tags.SeriesInstanceUID), each]));
  const lacking = await Promise.all(
    observed.map(async ({ seriesInstanceUid, instances: before = 0 }) => {
      const answer = answers.get(seriesInstanceUid);
      if (!answer) return { series: 1, instances: before };
      const now =
        statedCount(answer, tags.NumberOfSeriesRelatedInstances) ??
        (await client.searchForInstances(studyInstanceUid, seriesInstanceUid)).length;
      return { series: 0, instances: Math.max(0, before - now) };
    }),
  );
  const series = lacking.reduce((sum, each) => sum + each.series, 0);
  const instances = lacking.reduce((sum, each) => sum + each.instances, 0);
  if (series > 0 || instances > 0) {
    const total = observed.reduce((sum, each) => sum + (each.instances ?? 0), 0);
    return new PrelectorError(
      'selection.study-short',
      'transient',
      `The PACS does not show ${instances} of ${counted(total, 'instance')}, and ${series} of ${observed.length} series, that it had of the study when they were counted last: its answer is not whole, or they were deleted there. Where they were, ask for the analysis again.`,
    );
  }
  if (isFound || (observed.length === 0 && listed.length === 0)) return undefined;
  return new PrelectorError(
    'selection.study-unfound',
    'transient',
    'The PACS lists series of the study, and does not find the study: its answer is not whole.',
  );
}

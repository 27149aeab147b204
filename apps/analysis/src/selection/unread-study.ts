import { isUid, stringOf } from '@prelector/dicom';
import type { Findings, SourceInstance } from '@prelector/findings';
import { FINDINGS_VERSION, readableModality } from '@prelector/findings';
import type { Selection, SeriesCandidate } from '@prelector/models';

/** What is said of a study of the right kind that the model could not look at. */
export interface UnreadStudy {
  readonly seriesInstanceUid: string;
  readonly instances: readonly SourceInstance[];
  readonly findings: Findings;
}

/**
 * Findings of outcome `incomplete-input`, about the series with most images of those that were considered;
 * undefined when none of them names its instances.
 */
export function unreadStudy(
  selection: Selection,
  candidates: readonly SeriesCandidate[],
): UnreadStudy | undefined {
  const [series] = [...candidates].sort((a, b) => b.instances.length - a.instances.length);
  const [first] = series?.instances ?? [];
  if (!series || !first) return undefined;
  const instances = series.instances.flatMap((instance) => {
    const sopClassUid = stringOf(instance, '00080016');
    const sopInstanceUid = stringOf(instance, '00080018');
    return isUid(sopClassUid) && isUid(sopInstanceUid) ? [{ sopClassUid, sopInstanceUid }] : [];
  });
  if (instances.length === 0) return undefined;
  const why = selection.rejected.find((each) => each.seriesInstanceUid === series.seriesInstanceUid)?.why;
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    instances,
    findings: {
      version: FINDINGS_VERSION,
      outcome: 'incomplete-input',
      summary: `The model did not run: ${selection.reason}`,
      groups: [],
      series: [
        {
          seriesInstanceUid: series.seriesInstanceUid,
          modality: readableModality(stringOf(first, '00080060')),
          why: why ?? selection.reason,
          instances,
        },
      ],
      facts: [],
      notes: [],
    },
  };
}

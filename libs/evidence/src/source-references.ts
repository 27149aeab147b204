import { buildDataset, codeItem, type Dataset } from '@prelector/dicom';
import type { AnalysedSeries } from '@prelector/findings';

import { concepts } from './concepts.js';
import { contentItem, referencedSop } from './content-item.js';
import type { PredecessorReference } from './evidence-input.js';
import { modalityConcept } from './modalities.js';

/** Current Requested Procedure Evidence (PS3.3 C.17.2.2): every instance analysed, by study and series. */
export function evidenceSequence(studyInstanceUid: string, series: readonly AnalysedSeries[]): Dataset[] {
  if (series.length === 0) return [];
  const referencedSeries = series.map((one) =>
    buildDataset({
      SeriesInstanceUID: one.seriesInstanceUid,
      ReferencedSOPSequence: one.instances.map((instance) => referencedSop(instance)),
    }),
  );
  return [buildDataset({ StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: referencedSeries })];
}

/** Predecessor Documents Sequence: the report that this one replaces (CID 7009). */
export function predecessorSequence(studyInstanceUid: string, predecessor: PredecessorReference): Dataset[] {
  const instance = {
    ...referencedSop(predecessor),
    ...buildDataset({ PurposeOfReferenceCodeSequence: [codeItem(concepts.replacedReport)] }),
  };
  const series = buildDataset({
    SeriesInstanceUID: predecessor.seriesInstanceUid,
    ReferencedSOPSequence: [instance],
  });
  return [buildDataset({ StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: [series] })];
}

/** TID 1600 Image Library: one group per series (TID 1602), its images in the order analysed (TID 1601). */
export function imageLibrary(series: readonly AnalysedSeries[]): Dataset[] {
  if (series.length === 0) return [];
  const groups = series.map((one) => {
    const modality = modalityConcept(one.modality);
    return contentItem.container('CONTAINS', concepts.imageLibraryGroup, [
      ...(modality ? [contentItem.code('HAS ACQ CONTEXT', concepts.modality, modality)] : []),
      ...one.instances.map((instance) => contentItem.image('CONTAINS', instance)),
    ]);
  });
  return [contentItem.container('CONTAINS', concepts.imageLibrary, groups, '1600')];
}

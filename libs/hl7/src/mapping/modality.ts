import type { SegmentGroup } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';

/** Modalities of studies with images (PS3.3 C.7.3.1.1.1): what a study can be narrowed down by. */
const imaging = new Set(
  'BI BMD CR CT DG DX EC ECG ES GM IO IVOCT IVUS LS MG MR NM OCT OP OPT PT PX RF RG RTIMAGE SM TG US VA XA XC'.split(
    ' ',
  ),
);

/**
 * The modality of an order: the first stated value that is one. OBR-24 is a diagnostic section by the standard
 * (table 0074) and holds `RAD` at many sites, which says nothing of the modality.
 */
export function modalityOf(group: SegmentGroup, mapping: FeedMapping): string | undefined {
  const stated = mapping.modality.map((path) => group.value(path)?.toUpperCase() ?? '');
  return stated.map((value) => mapping.modalityAliases[value] ?? value).find((value) => imaging.has(value));
}

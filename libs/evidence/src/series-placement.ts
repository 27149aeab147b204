import { derivedUid } from '@prelector/dicom';
import type { Presentation } from '@prelector/findings';
import { canonicalJson, sha256 } from '@prelector/kernel';

import type { EvidenceKind, SeriesPlacement } from './evidence-input.js';
import { shortText } from './short-text.js';

/** What places a form of evidence in a study. Never a version, digest or setting: those change. */
export interface PlacementInput {
  readonly installationId: string;
  readonly studyInstanceUid: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly presentation: Presentation;
}

/** Place of each form within a model's ten series numbers, and its word in the series description. */
const forms: Readonly<Record<EvidenceKind, { readonly place: number; readonly word: string }>> = {
  'text-report': { place: 1, word: 'report' },
  'measurement-report': { place: 2, word: 'measurements' },
};

/**
 * The series a form of evidence gets at first use; the ledger keeps it, with the time of that first use, for
 * every later instance. Series Numbers lie between 9000 and 9989, ten for each model, so that no hanging
 * protocol shows them first.
 */
export function seriesPlacementFor(
  kind: EvidenceKind,
  input: PlacementInput,
): Omit<SeriesPlacement, 'createdAt'> {
  const { installationId, studyInstanceUid, modelId, presentation } = input;
  const key = ['series', installationId, studyInstanceUid, modelId, kind, presentation];
  const { place, word } = forms[kind];
  const ending = `, ${word}, NOT REVIEWED`;
  const block = parseInt(sha256(modelId).slice(0, 8), 16) % 99;
  return {
    seriesInstanceUid: derivedUid(canonicalJson(key)),
    seriesNumber: 9000 + block * 10 + place,
    seriesDescription: `AI ${shortText(input.modelName, 64 - 3 - ending.length)}${ending}`,
  };
}

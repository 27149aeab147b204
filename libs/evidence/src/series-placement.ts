import { derivedUid } from '@prelector/dicom';
import type { Presentation } from '@prelector/findings';
import { canonicalJson, sha256 } from '@prelector/kernel';

import type { SeriesPlacement } from './evidence-input.js';
import { evidenceForms, type EvidenceKind } from './forms/registry.js';
import { shortText } from './short-text.js';

/** What places a form of evidence in a study. Never a version, digest or setting: those change. */
export interface PlacementInput {
  readonly installationId: string;
  readonly studyInstanceUid: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly presentation: Presentation;
}

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
  const { place, word } = evidenceForms[kind].series;
  const ending = `, ${word}, NOT REVIEWED`;
  const block = parseInt(sha256(modelId).slice(0, 8), 16) % 99;
  return {
    seriesInstanceUid: derivedUid(canonicalJson(key)),
    seriesNumber: 9000 + block * 10 + place,
    seriesDescription: `AI ${shortText(input.modelName, 64 - 3 - ending.length)}${ending}`,
  };
}

import { numberOf, stringOf, tags, type Dataset } from '@prelector/dicom';
import type { SourceInstance } from '@prelector/findings';
import { judgeSeries } from './judge-series.js';
import type { Manifest } from './manifest.js';
import { memoryRefusal, sizeOf } from './memory-need.js';
import { inputsOf, type ModelInput } from './model-inputs.js';
import { chooseSeries } from './preference.js';
import type { FittingSeries, Refusal, SeriesCandidate } from './series.js';
import type { VolumeGeometry } from './steps/volume-geometry.js';
import { listed } from './words.js';

/** The series that a model reads. */
export interface ChosenSeries {
  readonly seriesInstanceUid: string;
  /** Why this one, in words. */
  readonly why: string;
  /** In the order of the slices, first to last along the normal. */
  readonly instances: readonly SourceInstance[];
  readonly modality: string;
  readonly seriesNumber?: number;
  readonly seriesDescription?: string;
  /** Remarks a reader must know. */
  readonly notes: readonly string[];
  /** Images and frames. */
  readonly slices: number;
  /** Of the whole series, for admission by memory. */
  readonly voxels: number;
  /** What the images must turn out to be. */
  readonly geometry: VolumeGeometry;
}

export interface RejectedSeries {
  readonly seriesInstanceUid: string;
  readonly why: string;
}

/** What a manifest makes of a study. `chosen` is there exactly when the outcome is `selected`. */
export interface Selection {
  readonly outcome: 'selected' | 'not-applicable' | 'incomplete-input';
  readonly reason: string;
  readonly chosen?: ChosenSeries;
  readonly rejected: readonly RejectedSeries[];
}

/** A series that was not looked into: its modality is none that the model reads. */
export interface OtherSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
}

/**
 * Chooses the series of a study that a model reads, and says of every other why not. Pure: takes metadata
 * (QIDO-RS is not enough: positions are needed), opens nothing. No series of the right kind is
 * `not-applicable`; one of the right kind that lacks images is `incomplete-input`. `others` are the series whose
 * metadata were not asked for; they are refused by their modality.
 */
export function selectSeries(
  manifest: Manifest,
  series: readonly SeriesCandidate[],
  others: readonly OtherSeries[] = [],
): Selection {
  const [input] = inputsOf(manifest) as [ModelInput];
  const spec = input.selection;
  const fitting: FittingSeries[] = [];
  const refused: (RejectedSeries & Refusal)[] = [];
  for (const candidate of series) {
    const verdict = memoryRefusal(manifest, judgeSeries(input, candidate));
    if ('kind' in verdict) refused.push({ seriesInstanceUid: candidate.seriesInstanceUid, ...verdict });
    else fitting.push(verdict);
  }
  for (const { seriesInstanceUid, modality } of others) {
    const why = `modality ${listed([modality])}, not ${spec.modality.join(' or ')}`;
    refused.push({ seriesInstanceUid, why, kind: 'other' });
  }
  const rejected = refused.map(({ seriesInstanceUid, why }) => ({ seriesInstanceUid, why }));
  if (fitting.length === 0) return nothingFits(manifest, refused, rejected);
  const { winner, why, others: behind } = chooseSeries(spec.prefer, fitting);
  const losers = behind.map(({ fit, why: reason }) => ({
    seriesInstanceUid: fit.candidate.seriesInstanceUid,
    why: reason,
  }));
  return {
    outcome: 'selected',
    reason: why,
    chosen: describe(input, winner, why),
    rejected: [...losers, ...rejected],
  };
}

function nothingFits(
  manifest: Manifest,
  refused: readonly (RejectedSeries & Refusal)[],
  rejected: readonly RejectedSeries[],
): Selection {
  const incomplete = refused.filter(({ kind }) => kind === 'incomplete');
  if (incomplete.length > 0) {
    const reason = `no series is complete enough: ${reasons(incomplete)}`;
    return { outcome: 'incomplete-input', reason, rejected };
  }
  const why = refused.length === 0 ? 'the study has no series of images' : reasons(refused);
  return { outcome: 'not-applicable', reason: `no series that ${manifest.name} reads: ${why}`, rejected };
}

/** As many reasons stand in a sentence, each of them whole. */
const REASONS = 3;

function reasons(refused: readonly Refusal[]): string {
  const distinct = [...new Set(refused.map(({ why }) => why))];
  const rest = distinct.length - REASONS;
  return [...distinct.slice(0, REASONS), ...(rest > 0 ? [`and ${rest} more reasons`] : [])].join('; ');
}

function describe(input: ModelInput, fit: FittingSeries, why: string): ChosenSeries {
  const size = sizeOf(fit.images);
  const first = fit.images[0] as Dataset;
  const seriesNumber = numberOf(first, tags.SeriesNumber);
  const seriesDescription = stringOf(first, tags.SeriesDescription);
  const instances = new Map(
    fit.images.map((image) => {
      const sopInstanceUid = stringOf(image, tags.SOPInstanceUID) ?? '';
      return [sopInstanceUid, { sopClassUid: stringOf(image, tags.SOPClassUID) ?? '', sopInstanceUid }];
    }),
  );
  return {
    seriesInstanceUid: fit.candidate.seriesInstanceUid,
    why,
    instances: [...instances.values()],
    modality: stringOf(first, tags.Modality) ?? '',
    ...(Number.isInteger(seriesNumber) ? { seriesNumber: seriesNumber as number } : {}),
    ...(seriesDescription === undefined ? {} : { seriesDescription }),
    notes: fit.notes,
    slices: fit.images.length,
    voxels: size.images * size.rows * size.columns,
    geometry: input.promise(fit.images),
  };
}

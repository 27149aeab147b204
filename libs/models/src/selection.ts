import {
  frameCount,
  frameDataset,
  isUid,
  numberOf,
  stringOf,
  stringsOf,
  tags,
  type Dataset,
} from '@prelector/dicom';
import type { SourceInstance } from '@prelector/findings';
import { frameRefusal, valueRefusal } from './image-values.js';
import type { Manifest } from './manifest.js';
import { firstMatch } from './pattern.js';
import { chooseSeries } from './preference.js';
import type { FittingSeries, SeriesCandidate } from './series.js';
import { judgeSlices, placeSlices } from './slices.js';
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

interface Refusal {
  readonly why: string;
  /** `incomplete`: the right kind of series, and images of it may be missing. */
  readonly kind: 'other' | 'incomplete';
}

type SelectionSpec = Manifest['input']['selection'];

/**
 * Chooses the series of a study that a model reads, and says of every other why not. Pure: takes metadata
 * (QIDO-RS is not enough: positions are needed), opens nothing. No series of the right kind is
 * `not-applicable`; one of the right kind that lacks images is `incomplete-input`.
 */
export function selectSeries(manifest: Manifest, series: readonly SeriesCandidate[]): Selection {
  const spec = manifest.input.selection;
  const fitting: FittingSeries[] = [];
  const refused: (RejectedSeries & Refusal)[] = [];
  for (const candidate of series) {
    const verdict = judge(manifest, candidate);
    if ('kind' in verdict) refused.push({ seriesInstanceUid: candidate.seriesInstanceUid, ...verdict });
    else fitting.push(verdict);
  }
  const rejected = refused.map(({ seriesInstanceUid, why }) => ({ seriesInstanceUid, why }));
  if (fitting.length === 0) return nothingFits(manifest, refused, rejected);
  const { winner, why, others } = chooseSeries(spec.prefer, fitting);
  const losers = others.map(({ fit, why: reason }) => ({
    seriesInstanceUid: fit.candidate.seriesInstanceUid,
    why: reason,
  }));
  return {
    outcome: 'selected',
    reason: why,
    chosen: describe(winner, why),
    rejected: [...losers, ...rejected],
  };
}

function judge(manifest: Manifest, candidate: SeriesCandidate): FittingSeries | Refusal {
  const spec = manifest.input.selection;
  const kindProblem = wrongKind(spec, candidate.instances);
  if (kindProblem !== undefined) return { why: kindProblem, kind: 'other' };
  const usable = candidate.instances.filter((instance) => usableImage(spec, instance));
  if (usable.length === 0)
    return { why: 'every image is of a type that the model does not read', kind: 'other' };
  if (!usable.every((instance) => isUid(stringOf(instance, tags.SOPInstanceUID)))) {
    return { why: 'an image states no valid SOP Instance UID', kind: 'other' };
  }
  const uncounted = frameRefusal(usable);
  if (uncounted !== undefined) return { why: uncounted, kind: 'other' };
  const images = usable.flatMap(framesOf);
  if (images.length < spec.minimumInstances) {
    return { why: `${images.length} images, fewer than ${spec.minimumInstances}`, kind: 'incomplete' };
  }
  const unreadable = valueRefusal(manifest.input, images);
  if (unreadable !== undefined) return { why: unreadable, kind: 'other' };
  const placed = placeSlices(images.map((image) => ({ image, item: image })));
  if (placed === undefined)
    return { why: 'an image states no position, orientation or pixel spacing', kind: 'other' };
  const verdict = judgeSlices(spec, placed);
  if (verdict.refusals.length > 0) {
    return { why: verdict.refusals.join('; '), kind: verdict.incomplete ? 'incomplete' : 'other' };
  }
  if (voxelsOf(images) > manifest.input.volume.maximumVoxels) {
    return { why: 'the series has more voxels than the model takes', kind: 'other' };
  }
  const left = candidate.instances.length - usable.length;
  const notes =
    left > 0 ? [`${left} image${left === 1 ? '' : 's'} of the series of another type left out`] : [];
  return { candidate, images: verdict.order.items, notes: [...notes, ...verdict.notes] };
}

/** Why a series as a whole is not of the kind that the model reads, or undefined. */
function wrongKind(spec: SelectionSpec, instances: readonly Dataset[]): string | undefined {
  const first = instances[0];
  if (first === undefined) return 'the series has no images';
  const modality = stringOf(first, tags.Modality) ?? 'not stated';
  if (!spec.modality.includes(modality))
    return `modality ${listed([modality])}, not ${spec.modality.join(' or ')}`;
  const classes = instances.map((instance) => stringOf(instance, tags.SOPClassUID) ?? '');
  if (!classes.some((uid) => spec.sopClasses.includes(uid)))
    return 'its SOP Class is none that the model reads';
  const part = stringsOf(first, tags.BodyPartExamined);
  const { include, exclude } = spec.bodyPart;
  if (part.length > 0 && firstMatch(part, exclude) >= 0) return `body part ${listed(part)}`;
  if (part.length > 0 && include.length > 0 && firstMatch(part, include) < 0)
    return `body part ${listed(part)}`;
  return undefined;
}

function usableImage(spec: SelectionSpec, instance: Dataset): boolean {
  const types = new Set(stringsOf(instance, tags.ImageType).map((value) => value.toUpperCase()));
  const matches = (entry: string) =>
    entry
      .toUpperCase()
      .split(/[\\/]/u)
      .every((value) => types.has(value.trim()));
  return (
    spec.sopClasses.includes(stringOf(instance, tags.SOPClassUID) ?? '') &&
    !spec.imageType.exclude.some(matches) &&
    spec.imageType.require.every(matches)
  );
}

function framesOf(instance: Dataset): Dataset[] {
  const count = frameCount(instance);
  return count <= 1
    ? [frameDataset(instance, 0)]
    : Array.from({ length: count }, (_, index) => frameDataset(instance, index));
}

function voxelsOf(images: readonly Dataset[]): number {
  const first = images[0] as Dataset;
  return images.length * (numberOf(first, tags.Rows) ?? 0) * (numberOf(first, tags.Columns) ?? 0);
}

function nothingFits(
  manifest: Manifest,
  refused: readonly (RejectedSeries & Refusal)[],
  rejected: readonly RejectedSeries[],
): Selection {
  const incomplete = refused.filter(({ kind }) => kind === 'incomplete');
  if (incomplete.length > 0) {
    const why = listed(
      incomplete.map((series) => series.why),
      3,
    );
    return { outcome: 'incomplete-input', reason: `no series is complete enough: ${why}`, rejected };
  }
  const why =
    refused.length === 0
      ? 'the study has no series'
      : listed(
          refused.map((series) => series.why),
          3,
        );
  return { outcome: 'not-applicable', reason: `no series that ${manifest.name} reads: ${why}`, rejected };
}

function describe(fit: FittingSeries, why: string): ChosenSeries {
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
    voxels: voxelsOf(fit.images),
  };
}

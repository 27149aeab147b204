import { numberOf, stringOf, tags, type Dataset, type SliceOrder } from '@prelector/dicom';
import { separateAcquisitions, type Separation } from '../acquisitions.js';
import type { SelectionSpec } from '../manifest-parts.js';
import { preferredVolume } from '../preference.js';
import { refused, type FittingSeries, type Refusal, type SeriesCandidate } from '../series.js';
import { judgeSlices, placeSlices, type PlacedSlice } from '../slices.js';
import { mixtureOf, valueKindOf } from '../value-mixture.js';
import type { CandidateFrame } from './input-step.js';
import type { VolumeSpec } from './volume-spec.js';

/** A slice with the data set of its image or frame. */
type Slice = PlacedSlice<Dataset>;

/**
 * Judges by metadata whether images of a series make one volume: every slice's place, size and kind of value. Of
 * several whole ones over the same range the selection's preference may choose one.
 */
export function judgeVolume(
  spec: VolumeSpec,
  selection: SelectionSpec,
  candidate: SeriesCandidate,
  frames: readonly CandidateFrame[],
): FittingSeries | Refusal {
  const placed = placeSlices(frames);
  if (typeof placed === 'string') return refused(placed);
  const { order, refusals, incomplete, notes } = judgeSlices(selection, placed);
  // Of planes that are not parallel there is no order in which volumes could alternate.
  const parallel = order.problems.every(({ kind }) => kind !== 'mixed-orientation');
  const separation = separateAcquisitions(order.items);
  if (parallel && separation.volumes > 1)
    return chooseVolume(spec, selection, candidate, placed, order, separation);
  const mixture = mixtureOf(order.items.map(valueKindOf));
  if (mixture !== undefined) return refused(mixture);
  if (refusals.length > 0) return { why: refusals.join('; '), kind: incomplete ? 'incomplete' : 'other' };
  if (voxelsOf(order.items) > spec.maximumVoxels) {
    return refused('the series has more voxels than the model takes');
  }
  return { candidate, images: order.items, notes: [...separation.notes, ...notes] };
}

/** One of the volumes that a series holds, where each is whole and the manifest tells which it wants. */
function chooseVolume(
  spec: VolumeSpec,
  selection: SelectionSpec,
  candidate: SeriesCandidate,
  placed: readonly Slice[],
  { items: ordered, positions }: SliceOrder<Dataset>,
  { labels, volumes, by }: Separation,
): FittingSeries | Refusal {
  const labelOf = new Map(ordered.map((image, index) => [image, labels[index] as string]));
  const several = `the series holds ${volumes} volumes, by ${by}`;
  const groups = [...Map.groupBy(placed, ({ item }) => labelOf.get(item)).values()];
  const fitting: FittingSeries[] = [];
  for (const group of groups) {
    const judged = judgeGroup(spec, selection, candidate, group, { placed, positions });
    if ('why' in judged) return refused(`${several}; not each is whole: ${judged.why}`);
    fitting.push(judged);
  }
  const preferred = preferredVolume(selection.prefer, fitting);
  if (preferred === undefined) return refused(`${several}, and the model prefers none of them`);
  const { winner, why } = preferred;
  return { ...winner, notes: [`${several}; one of them is analysed: ${why}`, ...winner.notes] };
}

function judgeGroup(
  spec: VolumeSpec,
  selection: SelectionSpec,
  candidate: SeriesCandidate,
  group: readonly Slice[],
  { placed, positions: whole }: { placed: readonly Slice[]; positions: readonly number[] },
): FittingSeries | Refusal {
  const { minimumInstances } = selection;
  if (group.length < minimumInstances) {
    return refused(
      `one has ${group.length} image${group.length === 1 ? '' : 's'}, fewer than ${minimumInstances}`,
    );
  }
  const { order, refusals } = judgeSlices(selection, group);
  const mixture = mixtureOf(order.items.map(valueKindOf));
  if (mixture !== undefined) return refused(mixture);
  if (refusals.length > 0) return refused(refusals.join('; '));
  const [start, end] = [order.positions[0] as number, order.positions.at(-1) as number];
  if (start - (whole[0] as number) > order.spacing || (whole.at(-1) as number) - end > order.spacing) {
    return refused('they do not cover the same range');
  }
  const instances = new Set(group.map(({ item }) => stringOf(item, tags.SOPInstanceUID)));
  if (
    placed.some((slice) => !group.includes(slice) && instances.has(stringOf(slice.item, tags.SOPInstanceUID)))
  ) {
    return refused('they are frames of one instance');
  }
  if (voxelsOf(order.items) > spec.maximumVoxels) {
    return refused('one has more voxels than the model takes');
  }
  return { candidate, images: order.items, notes: [] };
}

/** Voxels of images of one size. */
function voxelsOf(images: readonly Dataset[]): number {
  const first = images[0] as Dataset;
  return images.length * (numberOf(first, tags.Rows) ?? 0) * (numberOf(first, tags.Columns) ?? 0);
}

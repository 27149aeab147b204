import {
  frameCount,
  frameDataset,
  isUid,
  numberOf,
  stringOf,
  stringsOf,
  tags,
  type Dataset,
  type SliceOrder,
} from '@prelector/dicom';
import { counted } from '@prelector/kernel';
import { separateAcquisitions, type Separation } from './acquisitions.js';
import { isRead, typesOf, unreadProblem } from './image-type.js';
import { concatenationProblem } from './concatenation.js';
import { frameRefusal, valueRefusal } from './image-values.js';
import { mixtureOf, valueKindOf } from './value-mixture.js';
import type { Manifest } from './manifest.js';
import { anyMatches, placeOf } from './pattern.js';
import { preferredVolume } from './preference.js';
import type { FittingSeries, SeriesCandidate } from './series.js';
import { judgeSlices, placeSlices, type PlacedSlice, type UnplacedSlice } from './slices.js';
import { listed, together } from './words.js';

/** Why a model does not read a series. */
export interface Refusal {
  readonly why: string;
  /** `incomplete`: the right kind of series, and images of it may be missing. */
  readonly kind: 'other' | 'incomplete';
}

type SelectionSpec = Manifest['input']['selection'];
/** A slice with the data set of its image or frame. */
type Slice = PlacedSlice<Dataset>;

const refused = (why: string): Refusal => ({ why, kind: 'other' });

/**
 * Judges one series by the metadata of all its images: kind, types, every slice's place, and whether it holds
 * one volume. Of several whole ones over the same range the manifest's preference may choose one.
 */
export function judgeSeries(manifest: Manifest, candidate: SeriesCandidate): FittingSeries | Refusal {
  const spec = manifest.input.selection;
  const kindProblem = wrongKind(spec, candidate.instances) ?? uncountable(candidate.instances);
  if (kindProblem !== undefined) return refused(kindProblem);
  const torn = concatenationProblem(candidate.instances);
  if (torn !== undefined) return { why: torn, kind: 'incomplete' };
  const all = candidate.instances.flatMap(framesOf);
  const read = all.filter(({ image }) => isRead(spec, image));
  if (read.length === 0) {
    const types = listed(all.map(({ image }) => typesOf(image).join('\\') || 'none stated'));
    return refused(`every image is of a type that the model does not read (${types})`);
  }
  const leftOut = leftOutOf(spec, all);
  if (read.length < spec.minimumInstances) {
    const few = `${counted(read.length, 'image')}, fewer than ${spec.minimumInstances}`;
    return { why: [few, ...leftOut].join('; '), kind: 'incomplete' };
  }
  const values = valueRefusal(
    manifest.input,
    read.map(({ image }) => image),
  );
  if (values !== undefined) return refused(values);
  const placed = placeSlices(read);
  if (typeof placed === 'string') return refused(placed);
  const volume = judgePlaced(manifest, candidate, placed);
  // What looks like a missing slice may be one that is there and is not read.
  if ('why' in volume) return { ...volume, why: [volume.why, ...leftOut].join('; ') };
  return { ...volume, notes: [...contradictedCount(candidate), ...leftOut, ...volume.notes] };
}

/** How many images of a series a model does not read, and by which attribute and value. */
function leftOutOf(spec: SelectionSpec, all: readonly UnplacedSlice<Dataset>[]): string[] {
  const problems = all.flatMap(({ image }) => unreadProblem(spec, image) ?? []);
  if (problems.length === 0) return [];
  const why = together(problems);
  return [
    `${counted(problems.length, 'image')} of the series left out, which the model does not read: ${why}`,
  ];
}

/** A server's count and its own metadata that contradict each other: what is there was judged, and that is said. */
function contradictedCount({ announcedInstances: announced, instances }: SeriesCandidate): string[] {
  if (announced === undefined || announced === instances.length) return [];
  return [
    `the server announces ${counted(announced, 'instance')} of the series and describes ${instances.length}`,
  ];
}

function judgePlaced(
  manifest: Manifest,
  candidate: SeriesCandidate,
  placed: readonly Slice[],
): FittingSeries | Refusal {
  const { order, refusals, incomplete, notes } = judgeSlices(manifest.input.selection, placed);
  // Of planes that are not parallel there is no order in which volumes could alternate.
  const parallel = order.problems.every(({ kind }) => kind !== 'mixed-orientation');
  const separation = separateAcquisitions(order.items);
  if (parallel && separation.volumes > 1) return chooseVolume(manifest, candidate, placed, order, separation);
  const mixture = mixtureOf(order.items.map(valueKindOf));
  if (mixture !== undefined) return refused(mixture);
  if (refusals.length > 0) return { why: refusals.join('; '), kind: incomplete ? 'incomplete' : 'other' };
  if (voxelsOf(order.items) > manifest.input.volume.maximumVoxels) {
    return refused('the series has more voxels than the model takes');
  }
  return { candidate, images: order.items, notes: [...separation.notes, ...notes] };
}

/** One of the volumes that a series holds, where each is whole and the manifest tells which it wants. */
function chooseVolume(
  manifest: Manifest,
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
    const judged = judgeGroup(manifest, candidate, group, { placed, positions });
    if ('why' in judged) return refused(`${several}; not each is whole: ${judged.why}`);
    fitting.push(judged);
  }
  const preferred = preferredVolume(manifest.input.selection.prefer, fitting);
  if (preferred === undefined) return refused(`${several}, and the model prefers none of them`);
  const { winner, why } = preferred;
  return { ...winner, notes: [`${several}; one of them is analysed: ${why}`, ...winner.notes] };
}

function judgeGroup(
  manifest: Manifest,
  candidate: SeriesCandidate,
  group: readonly Slice[],
  { placed, positions: whole }: { placed: readonly Slice[]; positions: readonly number[] },
): FittingSeries | Refusal {
  const { minimumInstances } = manifest.input.selection;
  if (group.length < minimumInstances) {
    return refused(
      `one has ${group.length} image${group.length === 1 ? '' : 's'}, fewer than ${minimumInstances}`,
    );
  }
  const { order, refusals } = judgeSlices(manifest.input.selection, group);
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
  if (voxelsOf(order.items) > manifest.input.volume.maximumVoxels) {
    return refused('one has more voxels than the model takes');
  }
  return { candidate, images: order.items, notes: [] };
}

/** Why a series as a whole is not of the kind that the model reads, or undefined. */
function wrongKind(spec: SelectionSpec, instances: readonly Dataset[]): string | undefined {
  if (instances.length === 0) return 'the series has no images';
  const modalities = instances.map(
    (instance) => stringsOf(instance, tags.Modality).join('\\') || 'not stated',
  );
  const others = modalities.filter((modality) => !spec.modality.includes(modality));
  if (others.length > 0) {
    const some =
      others.length < modalities.length ? ` of ${others.length} of ${modalities.length} images` : '';
    return `modality ${listed(others)}${some}, not ${spec.modality.join(' or ')}`;
  }
  const classes = instances.map((instance) => stringOf(instance, tags.SOPClassUID) ?? '');
  if (!classes.some((uid) => spec.sopClasses.includes(uid)))
    return 'its SOP Class is none that the model reads';
  const part = [...new Set(instances.flatMap((instance) => stringsOf(instance, tags.BodyPartExamined)))];
  const { include, exclude } = spec.bodyPart;
  if (part.length > 0 && anyMatches(part, exclude)) return `body part ${listed(part)}`;
  if (part.length > 0 && include.length > 0 && placeOf(part, include) < 0) return `body part ${listed(part)}`;
  return undefined;
}

/** Why the images cannot be told apart, or the frames of one; or undefined. */
function uncountable(instances: readonly Dataset[]): string | undefined {
  const uids = instances.map((instance) => stringOf(instance, tags.SOPInstanceUID));
  if (!uids.every(isUid)) return 'an image states no valid SOP Instance UID';
  const repeated = uids.length - new Set(uids).size;
  if (repeated > 0) return `${repeated} of ${uids.length} images have the SOP Instance UID of another one`;
  return frameRefusal(instances);
}

function framesOf(instance: Dataset): UnplacedSlice<Dataset>[] {
  const count = frameCount(instance);
  return Array.from({ length: count }, (_, index) => {
    const image = frameDataset(instance, index);
    // The frames of a plain image are all the same data set; a volume tells its slices by theirs.
    const own = image === instance && count > 1 ? { ...image } : image;
    return { image: own, item: own, ...(count > 1 ? { frame: index } : {}) };
  });
}

/** Voxels of images of one size. */
export function voxelsOf(images: readonly Dataset[]): number {
  const first = images[0] as Dataset;
  return images.length * (numberOf(first, tags.Rows) ?? 0) * (numberOf(first, tags.Columns) ?? 0);
}

import type { Dataset } from './dataset.js';
import { itemsOf, statedNumber } from './dataset.js';
import { tagOf } from './dictionary.js';
import { dicomError, tagText } from './errors.js';
import { withTypesOfObject } from './frame-types.js';
import { frameAttributes, groupsProblem, itemsProblem, singleItem } from './functional-groups.js';
import { tags } from './tags.js';

/** Macros whose several items mean something, so they stay sequences. */
const KEPT = [
  tags.DerivationImageSequence,
  tags.ReferencedImageSequence,
  tags.RealWorldValueMappingSequence,
  tagOf('ContrastBolusUsageSequence'),
];

/**
 * How many frames an image has: Number of Frames, or one where it is absent.
 *
 * @throws `dicom.frames-undescribed` where it is there and is no count.
 */
export function frameCount(dataset: Dataset): number {
  const count = countOrProblem(dataset);
  if (typeof count === 'string') throw dicomError('dicom.frames-undescribed', count);
  return count;
}

/** More than any object has: a header that states them asks for memory, not for pictures. */
const MAX_FRAMES = 1_000_000;

const NAME = `Number of Frames ${tagText(tags.NumberOfFrames)}`;

function countOrProblem(dataset: Dataset): number | string {
  const stated = statedNumber(dataset, tags.NumberOfFrames);
  if (stated.kind === 'absent') return 1;
  if (stated.kind === 'unreadable') return `${NAME} cannot be read as a number: ${stated.shape}`;
  const isCount = Number.isInteger(stated.value) && stated.value >= 1 && stated.value <= MAX_FRAMES;
  return isCount ? stated.value : `${NAME} is \`${stated.value}\``;
}

const SHARED = tags.SharedFunctionalGroupsSequence;

/** Why the frames of an image cannot be told apart: attribute and value, as half a sentence; or undefined. */
export function framesProblem(dataset: Dataset): string | undefined {
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  return (
    countProblem(dataset) ??
    itemsProblem(dataset, SHARED) ??
    [...itemsOf(dataset, SHARED), ...perFrame].map(groupsProblem).find((problem) => problem !== undefined)
  );
}

function countProblem(dataset: Dataset): string | undefined {
  const count = countOrProblem(dataset);
  if (typeof count === 'string') return count;
  const groups = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence).length;
  if (groups === 0 || groups === count) return undefined;
  const sequence = `Per-frame Functional Groups Sequence ${tagText(tags.PerFrameFunctionalGroupsSequence)}`;
  return `${sequence} has ${groups} items, and ${NAME} is ${count}`;
}

/**
 * One frame (from 0) of an enhanced multi-frame image as a data set that looks like a classic image: the
 * attributes of its shared and its per-frame functional groups (PS3.3 C.7.6.16) stand at the top, the frame's
 * own macros replacing shared ones, and Frame Type as Image Type, with what the object's own Image Type says against it. A classic data set is given back as it is.
 *
 * @throws `dicom.no-such-frame`; `dicom.frames-undescribed` where there are not as many groups as frames,
 *   or items of its groups contradict each other.
 */
export function frameDataset(dataset: Dataset, index: number): Dataset {
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  const shared = singleItem(dataset, SHARED);
  if (perFrame.length === 0 && !shared) return dataset;
  const own = perFrame[index];
  const problem =
    countProblem(dataset) ?? itemsProblem(dataset, SHARED) ?? groupsProblem(shared) ?? groupsProblem(own);
  if (problem !== undefined) throw dicomError('dicom.frames-undescribed', problem);
  const count = frameCount(dataset);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw dicomError('dicom.no-such-frame', `frame ${index} of ${count}`);
  }
  const {
    [tags.SharedFunctionalGroupsSequence]: _shared,
    [tags.PerFrameFunctionalGroupsSequence]: _perFrame,
    [tags.NumberOfFrames]: _frames,
    ...common
  } = dataset;
  const frame = { ...common, ...kept(shared), ...kept(own), ...frameAttributes(shared, own) };
  return withTypesOfObject(frame, dataset);
}

function kept(groups: Dataset | undefined): Dataset {
  return Object.fromEntries(KEPT.flatMap((tag) => (groups?.[tag]?.Value ? [[tag, groups[tag]]] : [])));
}

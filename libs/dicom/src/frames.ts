import type { Dataset } from './dataset.js';
import { itemsOf, statedNumber, stringOf } from './dataset.js';
import { dicomError, tagText } from './errors.js';
import { withTypesOfObject } from './frame-types.js';
import {
  contradictedImage,
  frameAttributes,
  frameSequences,
  groupsProblem,
  itemsProblem,
  misplacedProblem,
  singleItem,
} from './functional-groups.js';
import { tags } from './tags.js';

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

/** CT, MR, PET and secondary capture of a single frame each (PS3.3 A.3, A.4, A.8.1, A.21): no functional groups. */
const SINGLE_FRAME = new Set(['2', '4', '7', '128'].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`));

/** Why the frames of an image cannot be told apart: attribute and value, as half a sentence; or undefined. */
export function framesProblem(dataset: Dataset): string | undefined {
  if (isSingleFrame(dataset)) return singleFrameProblem(dataset);
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  const shared = itemsOf(dataset, SHARED);
  return (
    countProblem(dataset) ??
    itemsProblem(dataset, SHARED) ??
    firstOf([...shared, ...perFrame], groupsProblem) ??
    firstOf(perFrame.length > 0 ? perFrame : [undefined], (own) =>
      misplacedProblem(singleItem(dataset, SHARED), own),
    )
  );
}

function firstOf<T>(items: readonly T[], problemOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const isSingleFrame = (dataset: Dataset) => SINGLE_FRAME.has(stringOf(dataset, tags.SOPClassUID) ?? '');

function singleFrameProblem(dataset: Dataset): string | undefined {
  const count = countOrProblem(dataset);
  if (typeof count === 'string') return count;
  if (count > 1) return `${NAME} is ${count}, and an image of its SOP Class has one frame`;
  return contradictedImage(dataset, groupsOf(dataset));
}

const groupsOf = (dataset: Dataset) =>
  [SHARED, tags.PerFrameFunctionalGroupsSequence].flatMap((tag) => itemsOf(dataset, tag));

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
 * attributes of its shared and its per-frame functional groups (PS3.3 C.7.6.16) stand at the top beside the
 * sequences that hold them, the frame's own macros replacing shared ones, and Frame Type as Image Type, with what the object's own Image Type says against it. A classic data set is given back as it is.
 *
 * @throws `dicom.no-such-frame`; `dicom.frames-undescribed` where there are not as many groups as frames,
 *   items of its groups contradict each other, an attribute stands in a macro that does not define it and says
 *   something else there, or the groups of a single image contradict it.
 */
export function frameDataset(dataset: Dataset, index: number): Dataset {
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  const shared = singleItem(dataset, SHARED);
  if (perFrame.length === 0 && !shared) return dataset;
  const own = perFrame[index];
  const isSingle = isSingleFrame(dataset);
  const problem = isSingle
    ? singleFrameProblem(dataset)
    : (countProblem(dataset) ??
      itemsProblem(dataset, SHARED) ??
      groupsProblem(shared) ??
      groupsProblem(own) ??
      misplacedProblem(shared, own));
  if (problem !== undefined) throw dicomError('dicom.frames-undescribed', problem);
  const count = frameCount(dataset);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw dicomError('dicom.no-such-frame', `frame ${index} of ${count}`);
  }
  if (isSingle) return dataset;
  const {
    [tags.SharedFunctionalGroupsSequence]: _shared,
    [tags.PerFrameFunctionalGroupsSequence]: _perFrame,
    [tags.NumberOfFrames]: _frames,
    ...common
  } = dataset;
  const frame = {
    ...common,
    ...frameSequences(shared, own),
    ...frameAttributes(shared, own),
    ...derivations(dataset, shared, own),
  };
  return withTypesOfObject(frame, dataset);
}

/** What was done to the pixels of all frames was done to each: a derivation of its own takes none of those away. */
function derivations(...levels: readonly (Dataset | undefined)[]): Dataset {
  const tag = tags.DerivationImageSequence;
  const items = levels.flatMap((level) => (level ? itemsOf(level, tag) : []));
  return items.length > 0 ? { [tag]: { vr: 'SQ', Value: items } } : {};
}

import type { Dataset } from './dataset.js';
import { itemsOf, numberOf } from './dataset.js';
import { dicomError, tagText } from './errors.js';
import { frameAttributes } from './functional-groups.js';
import { statedNumbers } from './stated-numbers.js';
import { tags } from './tags.js';

/** Macros whose several items mean something, so they stay sequences. */
const KEPT = [tags.DerivationImageSequence, tags.ReferencedImageSequence, tags.RealWorldValueMappingSequence];

/** How many frames an image has: Number of Frames, or one. */
export function frameCount(dataset: Dataset): number {
  const count = numberOf(dataset, tags.NumberOfFrames) ?? 1;
  return Number.isInteger(count) && count > 0 ? count : 1;
}

/** Why the frames of an image cannot be told apart: attribute and value, as half a sentence; or undefined. */
export function framesProblem(dataset: Dataset): string | undefined {
  const stated = statedNumbers(dataset, tags.NumberOfFrames);
  const named = `Number of Frames ${tagText(tags.NumberOfFrames)}`;
  if (stated.kind === 'unreadable') return `${named} cannot be read as a number: ${stated.shape}`;
  const count = stated.kind === 'absent' ? 1 : (stated.values[0] as number);
  if (!Number.isInteger(count) || count < 1) return `${named} is \`${count}\``;
  const groups = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence).length;
  if (groups === 0 || groups === count) return undefined;
  const sequence = `Per-frame Functional Groups Sequence ${tagText(tags.PerFrameFunctionalGroupsSequence)}`;
  return `${sequence} has ${groups} items for ${count} frame${count === 1 ? '' : 's'}`;
}

/**
 * One frame (from 0) of an enhanced multi-frame image as a data set that looks like a classic image: the
 * attributes of its shared and its per-frame functional groups (PS3.3 C.7.6.16) stand at the top, the frame's
 * own macros replacing shared ones, and Frame Type as Image Type. A classic data set is given back as it is.
 *
 * @throws `dicom.no-such-frame`; `dicom.frames-undescribed` where there are not as many groups as frames.
 */
export function frameDataset(dataset: Dataset, index: number): Dataset {
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  const [shared] = itemsOf(dataset, tags.SharedFunctionalGroupsSequence);
  if (perFrame.length === 0 && !shared) return dataset;
  const problem = framesProblem(dataset);
  if (problem !== undefined) throw dicomError('dicom.frames-undescribed', problem);
  if (!Number.isInteger(index) || index < 0 || index >= frameCount(dataset)) {
    throw dicomError('dicom.no-such-frame', `frame ${index} of ${frameCount(dataset)}`);
  }
  const {
    [tags.SharedFunctionalGroupsSequence]: _shared,
    [tags.PerFrameFunctionalGroupsSequence]: _perFrame,
    [tags.NumberOfFrames]: _frames,
    ...common
  } = dataset;
  const own = perFrame[index];
  const frame = { ...common, ...kept(shared), ...kept(own), ...frameAttributes(shared, own) };
  const frameType = frame[tags.FrameType];
  return frameType?.Value ? { ...frame, [tags.ImageType]: frameType } : frame;
}

function kept(groups: Dataset | undefined): Dataset {
  return Object.fromEntries(KEPT.flatMap((tag) => (groups?.[tag]?.Value ? [[tag, groups[tag]]] : [])));
}

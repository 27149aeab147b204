import type { Dataset } from './dataset.js';
import { itemsOf, numberOf } from './dataset.js';
import { dicomError } from './errors.js';
import { tags } from './tags.js';

/** Macros whose several items mean something, so they stay sequences. */
const KEPT = new Set<string>([
  tags.DerivationImageSequence,
  tags.ReferencedImageSequence,
  tags.RealWorldValueMappingSequence,
]);

/** How many frames an image has: Number of Frames, or one. */
export function frameCount(dataset: Dataset): number {
  const count = numberOf(dataset, tags.NumberOfFrames) ?? 1;
  return Number.isInteger(count) && count > 0 ? count : 1;
}

/**
 * One frame (from 0) of an enhanced multi-frame image as a data set that looks like a classic image: the
 * attributes of its shared and its per-frame functional groups (PS3.3 C.7.6.16), the frame's own winning,
 * stand at the top, and Frame Type as Image Type. A classic data set is given back as it is.
 *
 * @throws `dicom.no-such-frame`.
 */
export function frameDataset(dataset: Dataset, index: number): Dataset {
  const perFrame = itemsOf(dataset, tags.PerFrameFunctionalGroupsSequence);
  const [shared] = itemsOf(dataset, tags.SharedFunctionalGroupsSequence);
  if (perFrame.length === 0 && !shared) return dataset;
  if (!Number.isInteger(index) || index < 0 || index >= frameCount(dataset)) {
    throw dicomError('dicom.no-such-frame', `frame ${index} of ${frameCount(dataset)}`);
  }
  const {
    [tags.SharedFunctionalGroupsSequence]: _shared,
    [tags.PerFrameFunctionalGroupsSequence]: _perFrame,
    [tags.NumberOfFrames]: _frames,
    ...common
  } = dataset;
  const frame = { ...common, ...flattened(shared), ...flattened(perFrame[index]) };
  const frameType = frame[tags.FrameType];
  return frameType ? { ...frame, [tags.ImageType]: frameType } : frame;
}

function flattened(groups: Dataset | undefined): Dataset {
  const flat: Dataset = {};
  for (const [tag, element] of Object.entries(groups ?? {})) {
    const items = element.vr === 'SQ' ? itemsOf(groups as Dataset, tag) : [];
    if (items.length === 1 && !KEPT.has(tag)) Object.assign(flat, items[0]);
    else flat[tag] = element;
  }
  return flat;
}

export {
  itemsOf,
  numberOf,
  numbersOf,
  statedNumber,
  shapeWithoutText,
  statedNumbers,
  stringOf,
  stringsOf,
  valueText,
} from './dataset.js';
export type { Dataset, Element, PersonNameValue, StatedNumber, StatedNumbers } from './dataset.js';
export { code, sameCode } from './code.js';
export type { CodedConcept } from './code.js';
export { derivedUid, isUid, randomUid } from './uid.js';
export { dicomError, dicomErrors, tagText } from './errors.js';
export { tags } from './tags.js';
export type { KnownKeyword } from './tags.js';
export { attributeName, keywordOf, keywordWords, tagOf, vrOf } from './dictionary.js';
export { buildDataset, codeItem } from './build-dataset.js';
export { readPart10 } from './read-part10.js';
export type { Part10, ReadOptions } from './read-part10.js';
export type { PixelData } from './pixel-data.js';
export { encodePart10, implementation } from './encode-part10.js';
export { valueProblem } from './encode-value.js';
export { formatDs, formatIs } from './number-text.js';
export { decodeText, personNameOf } from './text.js';
export { writingsOf } from './written-text.js';
export { datasetFromJson } from './dataset-from-json.js';
export { decodePixels } from './decode-pixels.js';
export type { DecodedFrame, Samples } from './decoded-frame.js';
export { canDecode } from './codecs.js';
export { frameCount, frameDataset, framesProblem } from './frames.js';
export { modalityTransform, readTransform, rescaled } from './rescale.js';
export { absentProblem } from './attribute-problem.js';
export type { ModalityTransform, Rescale } from './rescale.js';
export { paddingOf } from './pixel-padding.js';
export { hounsfieldProblems, isHounsfieldUnlessStated, pixelValueProblems } from './image-values.js';
export { multiEnergyOf } from './multi-energy.js';
export { compressionOf } from './lossy-compression.js';
export type { Compression, EncodedFrame } from './lossy-compression.js';
export { contentDigest } from './content-digest.js';
export { normalOf, planeOf, readPlane } from './plane.js';
export type { ReadPlane, SlicePlane } from './plane.js';
export { orderSlices } from './order-slices.js';
export type { SliceOrder } from './order-slices.js';
export type { SliceProblem, SliceProblemKind } from './slice-problem.js';

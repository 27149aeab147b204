import { isDeepStrictEqual } from 'node:util';
import type { Dataset } from './dataset.js';
import { itemsOf } from './dataset.js';
import { attributeName, isPrivate, tagOf } from './dictionary.js';

/** Functional Group Macros (PS3.3 C.7.6.16.2 and those of the enhanced IODs) that hold one item about a frame. */
const MACROS = new Set(
  [
    // Common to all
    ...['PixelMeasures', 'FrameContent', 'PlanePosition', 'PlaneOrientation', 'CardiacSynchronization'],
    ...['RespiratorySynchronization', 'FrameAnatomy', 'PixelValueTransformation', 'FrameVOILUT'],
    ...['ContrastBolusUsage', 'PatientOrientationInFrame', 'FrameDisplayShutter', 'TemporalPosition'],
    ...['IrradiationEventIdentification', 'PatientPhysiologicalState', 'RadiopharmaceuticalUsage'],
    ...['PlanePositionVolume', 'PlaneOrientationVolume', 'ImageDataType', 'SegmentIdentification'],
    ...['UnassignedSharedConvertedAttributes', 'UnassignedPerFrameConvertedAttributes'],
    // CT
    ...['CTImageFrameType', 'CTAcquisitionType', 'CTAcquisitionDetails', 'CTTableDynamics', 'CTPosition'],
    ...['CTGeometry', 'CTReconstruction', 'CTExposure', 'CTXRayDetails'],
    ...['MultienergyCTCharacteristics', 'MultienergyCTProcessing'],
    // MR
    ...['MRImageFrameType', 'MRTimingAndRelatedParameters', 'MRFOVGeometry', 'MREcho', 'MRModifier'],
    ...['MRImagingModifier', 'MRReceiveCoil', 'MRTransmitCoil', 'MRDiffusion', 'MRAverages'],
    ...['MRMetaboliteMap', 'MRVelocityEncoding', 'MRSpectroscopyFrameType', 'MRSpectroscopyFOVGeometry'],
    // PET, X-ray, ultrasound and others
    ...['PETFrameType', 'PETFrameAcquisition', 'PETDetectorMotionDetails', 'PETPosition'],
    ...['PETFrameCorrectionFactors', 'PETReconstruction', 'XAXRFFrameCharacteristics', 'FieldOfView'],
    ...['XRay3DFrameType', 'FrameDetectorParameters', 'USImageDescription', 'ParametricMapFrameType'],
    ...['IntravascularOCTFrameType'],
  ].map((name) => tagOf(`${name}Sequence`)),
);

/** Of these a frame has one item (PS3.3 C.7.6.16.2, C.8.15.3.1); of others several may mean something. */
const SINGLE = [
  ...['PixelMeasures', 'FrameContent', 'PlanePosition', 'PlaneOrientation', 'PixelValueTransformation'],
  ...['CTImageFrameType', 'MRImageFrameType', 'PETFrameType'],
].map((name) => tagOf(`${name}Sequence`));

/** Which sequence of a frame's groups has items that contradict each other, as half a sentence; or undefined. */
export function groupsProblem(groups: Dataset | undefined): string | undefined {
  return SINGLE.map((tag) => itemsProblem(groups, tag)).find((problem) => problem !== undefined);
}

/** The same of one sequence: it has several items, and they are not the same. */
export function itemsProblem(dataset: Dataset | undefined, tag: string): string | undefined {
  const [first, ...others] = dataset ? itemsOf(dataset, tag) : [];
  if (others.every((other) => isDeepStrictEqual(other, first))) return undefined;
  return `${attributeName(tag)} has ${others.length + 1} items that differ, where one is due`;
}

/** What a frame cannot say of itself: which object it is in, and whose (PS3.3 C.12.1, C.7.1, C.7.2, C.7.3). */
const OF_THE_INSTANCE = /^(?:0002|0010|0012|00080016|00080018|0020000D|0020000E|00280008|5200)/u;

/**
 * What the functional groups of a frame say of it: the attributes of the standard's macros, of which one in
 * the frame's own groups replaces the same one in those that all frames share. Private sequences and unknown
 * ones, loose attributes, and what only the whole object can say are left out.
 */
export function frameAttributes(shared: Dataset | undefined, own: Dataset | undefined): Dataset {
  const macros = new Map<string, Dataset>();
  for (const groups of [shared, own]) {
    for (const tag of Object.keys(groups ?? {})) {
      const [item] = MACROS.has(tag) ? itemsOf(groups as Dataset, tag) : [];
      if (item !== undefined && Object.keys(item).length > 0) macros.set(tag, item);
    }
  }
  const attributes: Dataset = {};
  for (const item of macros.values()) {
    for (const [tag, element] of Object.entries(item)) {
      if (!isPrivate(tag) && !OF_THE_INSTANCE.test(tag)) attributes[tag] = element;
    }
  }
  return attributes;
}

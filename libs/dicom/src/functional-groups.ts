import { isDeepStrictEqual } from 'node:util';
import type { Dataset, Element } from './dataset.js';
import { itemsOf, statedNumbers } from './dataset.js';
import { attributeName, isPrivate, tagOf } from './dictionary.js';
import { withoutPadding } from './padding.js';
import { numberSizes } from './vr.js';

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

/** What a frame cannot say of itself: which object it is in, and whose (PS3.3 C.12.1, C.7.1, C.7.2, C.7.3). */
const OF_THE_INSTANCE = /^(?:0002|0010|0012|00080016|00080018|0020000D|0020000E|00280008|5200)/u;

const NUMERIC = new Set(['DS', 'IS', ...Object.keys(numberSizes)].filter((vr) => vr !== 'AT'));
/** What nothing is read from. */
const COMMENTS = tagOf('FrameComments');

/** The same of one sequence: several of its items say something, and not the same. */
export function itemsProblem(dataset: Dataset | undefined, tag: string): string | undefined {
  const items = dataset ? itemsOf(dataset, tag).map(meaningOf) : [];
  const [first, ...others] = items.filter((meaning) => meaning.size > 0);
  if (others.every((other) => isDeepStrictEqual(other, first))) return undefined;
  return `${attributeName(tag)} has ${others.length + 1} items that differ, where one is due`;
}

/** The item of a sequence that has one: of several the first that says something. */
export function singleItem(dataset: Dataset, tag: string): Dataset | undefined {
  const items = itemsOf(dataset, tag);
  return items.length < 2 ? items[0] : (items.find((item) => meaningOf(item).size > 0) ?? items[0]);
}

/** What an item says by tag, numbers as numbers however they are spelled; without what has no value or use. */
function meaningOf(item: Dataset): Map<string, unknown> {
  const meanings = Object.keys(item)
    .filter((tag) => !isPrivate(tag) && !OF_THE_INSTANCE.test(tag) && tag !== COMMENTS)
    .map((tag) => [tag, valueMeaning(item, tag)] as const);
  return new Map(meanings.filter(([, meaning]) => meaning !== undefined));
}

function valueMeaning(item: Dataset, tag: string): unknown {
  const { vr, Value = [], bytes, ...others } = item[tag] as Element;
  if (vr === 'SQ') {
    const items = itemsOf(item, tag)
      .map(meaningOf)
      .filter((meaning) => meaning.size > 0);
    return items.length > 0 ? items : undefined;
  }
  const stated = NUMERIC.has(vr) ? statedNumbers(item, tag) : undefined;
  // Zero has no sign here.
  if (stated?.kind === 'numbers') return stated.values.map((value) => value + 0);
  const values = Value.map((value) => (typeof value === 'string' ? withoutPadding(value) : (value ?? '')));
  const isEmpty = values.every((value) => value === '') && !bytes?.length && Object.keys(others).length === 0;
  return isEmpty ? undefined : { values, bytes, others };
}

/**
 * What the functional groups of a frame say of it: the attributes of the standard's macros, of which one in
 * the frame's own groups replaces the same one in those that all frames share. Private sequences and unknown
 * ones, loose attributes, and what only the whole object can say are left out.
 */
export function frameAttributes(shared: Dataset | undefined, own: Dataset | undefined): Dataset {
  const macros = new Map<string, Dataset>();
  for (const groups of [shared, own]) {
    for (const tag of Object.keys(groups ?? {})) {
      const item = MACROS.has(tag) ? singleItem(groups as Dataset, tag) : undefined;
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

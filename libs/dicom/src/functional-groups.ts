import { isDeepStrictEqual } from 'node:util';
import type { Dataset, Element } from './dataset.js';
import { itemsOf, statedNumbers } from './dataset.js';
import { decisiveAttributes, definingMacros, unassignedMacros } from './defining-macros.js';
import { attributeName, isPrivate, tagOf } from './dictionary.js';
import { multiEnergySequences } from './multi-energy.js';
import { withoutPadding } from './padding.js';
import { tags } from './tags.js';
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

/**
 * What a frame cannot say of itself: which object it is in, and whose (PS3.3 C.12.1, C.7.1, C.7.2, C.7.3), and how
 * the pixels of all frames lie (C.7.6.3).
 */
const OF_THE_INSTANCE =
  /^(?:0002|0010|0012|00080016|00080018|00080060|0020000D|0020000E|002800(?:0[2468]|1[01])|0028010[0-3]|5200|7FE0)/u;

const NUMERIC = new Set(['DS', 'IS', ...Object.keys(numberSizes)].filter((vr) => vr !== 'AT'));
/** Sequences of the groups that say of values or contrast what a single image of that kind says itself. */
const WHOLE: readonly string[] = [
  tags.RealWorldValueMappingSequence,
  tagOf('ContrastBolusUsageSequence'),
  ...multiEnergySequences,
];
/** Of a lookup table no macro speaks (PS3.3 C.7.6.16.2): one among the groups is out of place. */
const NO_GROUP: readonly string[] = [tags.ModalityLUTSequence];
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
    .filter((tag) => isAboutFrame(tag) && tag !== COMMENTS)
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
 * the frame's own groups replaces the same one in those that all frames share. Of an attribute that a macro
 * defines no other one speaks, save where objects converted from single images keep what they have no macro
 * for. Private sequences and unknown ones, loose attributes, and what only the whole object can say are left out.
 */
export function frameAttributes(shared: Dataset | undefined, own: Dataset | undefined): Dataset {
  const macros = macrosOf(shared, own);
  const attributes: Dataset = {};
  for (const [macro, item] of macros) {
    for (const [tag, element] of Object.entries(item)) {
      if (isAboutFrame(tag) && isDefinedBy(macros, macro, tag)) attributes[tag] = element;
    }
  }
  return attributes;
}

/**
 * The sequences of a frame's groups as they stand there, one of its own in place of a shared one: whoever reads a
 * sequence by its name finds it, whatever else its items come to.
 */
export function frameSequences(shared: Dataset | undefined, own: Dataset | undefined): Dataset {
  const sequences = [shared, own].flatMap((groups) =>
    Object.entries(groups ?? {}).filter(
      ([tag, { vr, Value }]) => vr === 'SQ' && Value && isAboutFrame(tag) && !NO_GROUP.includes(tag),
    ),
  );
  return Object.fromEntries(sequences);
}

/**
 * Which attribute of a frame's groups stands out of place, as half a sentence: in a macro that does not define
 * it, and not as the one says that does; or undefined.
 */
export function misplacedProblem(shared: Dataset | undefined, own: Dataset | undefined): string | undefined {
  const macros = macrosOf(shared, own);
  const attributes = frameAttributes(shared, own);
  for (const [macro, item] of macros) {
    for (const tag of Object.keys(item)) {
      const homes = definingMacros.get(tag);
      if (homes === undefined || isDefinedBy(macros, macro, tag)) continue;
      const meaning = valueMeaning(item, tag);
      const due = attributes[tag] === undefined ? undefined : valueMeaning(attributes, tag);
      if (meaning === undefined || isDeepStrictEqual(meaning, due)) continue;
      if (due === undefined && !decisiveAttributes.has(tag)) continue;
      const where = `${attributeName(tag)} stands in ${attributeName(macro)}`;
      const [home = homes[0]] = homes.filter((each) => macros.has(each));
      if (home === undefined) return `${where}, where it has no place`;
      return due === undefined
        ? `${where}, and ${attributeName(home)}, which defines it, does not state it`
        : `${where}, and is not what ${attributeName(home)} states, which defines it`;
    }
  }
  return undefined;
}

/**
 * Which attribute of a single image a functional group contradicts, as half a sentence, or undefined: such an
 * image has no functional groups (PS3.3 A.3, A.4, A.21), and says itself what those of a frame would.
 */
export function contradictedImage(image: Dataset, groups: readonly Dataset[]): string | undefined {
  for (const group of groups) {
    const sequences = WHOLE.filter((tag) => group[tag] !== undefined).map((tag) => [tag, group[tag]]);
    const attributes: Dataset = { ...frameAttributes(group, undefined), ...Object.fromEntries(sequences) };
    for (const tag of Object.keys(attributes)) {
      const own = tag === tags.FrameType ? tags.ImageType : tag;
      const [stated, due] = [valueMeaning(attributes, tag), image[own] && valueMeaning(image, own)];
      if (stated === undefined || isDeepStrictEqual(stated, due)) continue;
      if (due === undefined && !decisiveAttributes.has(tag) && !WHOLE.includes(tag)) continue;
      const name = attributeName(own);
      return `${name} of the image is not what its functional groups say, which an image of its SOP Class has none of`;
    }
  }
  return undefined;
}

/** The macros of a frame, one item each; what has its own place comes behind what was left without one. */
function macrosOf(shared: Dataset | undefined, own: Dataset | undefined): Map<string, Dataset> {
  const macros = new Map<string, Dataset>();
  for (const groups of [shared, own]) {
    for (const tag of Object.keys(groups ?? {})) {
      const item = MACROS.has(tag) ? singleItem(groups as Dataset, tag) : undefined;
      if (item !== undefined && Object.keys(item).length > 0) macros.set(tag, item);
    }
  }
  const isUnassigned = ([tag]: readonly [string, Dataset]) => unassignedMacros.has(tag);
  return new Map([...[...macros].filter(isUnassigned), ...[...macros].filter((each) => !isUnassigned(each))]);
}

const isAboutFrame = (tag: string) => !isPrivate(tag) && !OF_THE_INSTANCE.test(tag);

/** Whether what a macro says of an attribute counts, beside those that a frame has. */
function isDefinedBy(macros: ReadonlyMap<string, Dataset>, macro: string, tag: string): boolean {
  const homes = definingMacros.get(tag);
  if (homes === undefined || homes.includes(macro)) return true;
  const isStated = homes.some((each) => macros.get(each)?.[tag] !== undefined);
  return unassignedMacros.has(macro) && !decisiveAttributes.has(tag) && !isStated;
}

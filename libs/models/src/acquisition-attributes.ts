import { itemsOf, numbersOf, stringOf, stringsOf, tagOf, tags, type Dataset } from '@prelector/dicom';
import { wordsOfKeyword } from './words.js';

/**
 * How the value of an attribute tells images of several volumes apart.
 * `whole`: one volume has one value, wherever its slices lie; images that do not state it count to any.
 * `stated`: the same, and not to state it is a value.
 * `interleaved`: volumes that cover the same range have several; laid end to end they are one stack, and an image
 * here and there that does not state it counts to any.
 * `cycle`: as `interleaved`, of a place in the cycle of breath or heart or in a dynamic series: slices of two of them
 * show the patient in two states, laid end to end too, unless each slice has its own.
 * `phase`: as `interleaved`, of a moment that may also differ from slice to slice within one volume.
 */
type Kind = 'whole' | 'stated' | 'interleaved' | 'cycle' | 'phase';

/** Attributes of PS3.3 that say of which acquisition or reconstruction an image is. */
const attributes: readonly (readonly [Kind, readonly string[]])[] = [
  ['stated', ['ImageType', 'VolumeBasedCalculationTechnique', 'ComplexImageComponent', 'ContrastBolusAgent']],
  ['whole', ['ConvolutionKernel', 'KVP', 'SliceThickness', 'PatientPosition', 'ReconstructionAlgorithm']],
  ['interleaved', ['IrradiationEventUID', 'PatientPhysiologicalStateCodeSequence']],
  ['interleaved', ['ContrastBolusAgentSequence', 'ContrastBolusUsageSequence']],
  ['cycle', ['CardiacCyclePosition', 'RespiratoryCyclePosition']],
  ['interleaved', ['AcquisitionNumber', 'AcquisitionUID', 'FrameAcquisitionNumber', 'StackID']],
  ['cycle', ['TemporalPositionIdentifier', 'TemporalPositionIndex']],
  ['interleaved', ['EchoNumbers', 'EchoTime']],
  ['interleaved', ['EffectiveEchoTime', 'InversionTime', 'FlipAngle', 'DiffusionBValue']],
  ['interleaved', ['DiffusionGradientOrientation', 'DiffusionDirectionality']],
  ['cycle', ['NominalPercentageOfCardiacPhase', 'NominalPercentageOfRespiratoryPhase']],
  ['phase', ['TriggerTime', 'TemporalPositionTimeOffset', 'NominalCardiacTriggerDelayTime']],
  ['phase', ['ActualCardiacTriggerDelayTime', 'NominalRespiratoryTriggerDelayTime']],
];

export interface AcquisitionAttribute {
  readonly kind: Kind;
  readonly words: string;
  readonly labelOf: (image: Dataset) => string;
}

/** A moment of an image: a date and a time (DA, TM), or both in one (DT). */
export interface MomentAttribute {
  readonly words: string;
  readonly momentOf: (image: Dataset) => StatedMoment;
  /** Of the acquisition; false for when the image was made. */
  readonly acquired: boolean;
}

/** Each part is undefined where it is not stated. */
export interface StatedMoment {
  /** Since 1970. */
  readonly days: number | undefined;
  /** Seconds of the day. */
  readonly clock: number | undefined;
  /** What is stated and is no time. */
  readonly text: string | undefined;
}

export const NOT_STATED = 'not stated';

export const acquisitionAttributes: readonly AcquisitionAttribute[] = attributes.flatMap(([kind, keywords]) =>
  keywords.map((keyword) => {
    const tag = tagOf(keyword);
    return { kind, words: wordsOfKeyword(keyword), labelOf: (image: Dataset) => labelOf(image, tag) };
  }),
);

const moments = [
  ['AcquisitionDateTime', undefined, true],
  ['AcquisitionTime', 'AcquisitionDate', true],
  ['FrameAcquisitionDateTime', undefined, true],
  ['FrameReferenceDateTime', undefined, true],
  ['ContentTime', 'ContentDate', false],
] as const;

export const momentAttributes: readonly MomentAttribute[] = moments.map(([time, date, acquired]) => ({
  words: wordsOfKeyword(time),
  acquired,
  momentOf: (image: Dataset) => {
    const text = stringOf(image, tagOf(time))?.trim() ?? '';
    const day = date === undefined ? text.slice(0, 8) : (stringOf(image, tagOf(date))?.trim() ?? '');
    const [days, clock] = [daysOf(day), clockOf(date === undefined ? text.slice(8) : text)];
    const isRead = text === '' || clock !== undefined || (date === undefined && days !== undefined);
    return { days, clock, text: isRead ? undefined : text };
  },
}));

/** What the two lists above read of an image. */
export const acquisitionTags: readonly string[] = [
  ...attributes.flatMap(([, keywords]) => keywords),
  ...moments.flatMap(([time, date]) => (date === undefined ? [time] : [time, date])),
].map(tagOf);

/** Equal numbers may be spelled and rounded in several ways. */
function labelOf(image: Dataset, tag: string): string {
  const items = itemsOf(image, tag);
  if (items.length > 0) return items.map((item) => saidIn(item, tag)).join('/');
  const texts = stringsOf(image, tag);
  const numbers = numbersOf(image, tag);
  // Of CardiacCyclePosition and RespiratoryCyclePosition (PS3.3 C.7.6.16.2.2).
  if (texts.every((text) => text === 'UNDETERMINED')) return NOT_STATED;
  return numbers.length === texts.length
    ? numbers.map((value) => String(Number(value.toPrecision(4)))).join('/')
    : texts.join('/');
}

/** What of the use of an agent is one volume's; whether it was detected changes along the patient. */
const useOfAgent = [
  'ContrastBolusAgentNumber',
  'ContrastBolusAgentAdministered',
  'ContrastBolusAgentPhase',
].map(tagOf);

/** What an item of a sequence says, by the meaning of its code or its own values. */
function saidIn(item: Dataset, tag: string): string {
  const own = tag === tagOf('ContrastBolusUsageSequence') ? useOfAgent : [tags.CodeMeaning];
  return own.flatMap((each) => stringsOf(item, each)).join(' ') || 'stated';
}

/** Of DA (PS3.5 section 6.2), also as ACR-NEMA spells it. */
function daysOf(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/u.exec(date) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
}

/** Of TM, which may leave out the smaller parts, or of the time of DT with its zone (PS3.5 section 6.2). */
function clockOf(time: string): number | undefined {
  const [whole, hours, minutes = '0', seconds = '0'] =
    /^(\d{2})(?::?(\d{2})(?::?(\d{2}(?:\.\d*)?))?)?(?:[+-]\d{4})?$/u.exec(time) ?? [];
  return whole === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}

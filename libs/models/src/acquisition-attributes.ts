import { itemsOf, numbersOf, stringOf, stringsOf, tagOf, tags, type Dataset } from '@prelector/dicom';
import { wordsOfKeyword } from './words.js';

/**
 * How the value of an attribute tells images of several volumes apart.
 * `whole`: one volume has one value, wherever its slices lie; images that do not state it count to any.
 * `stated`: the same, and not to state it is a value.
 * `interleaved`: volumes that cover the same range have several; laid end to end they are one stack.
 * `phase`: as `interleaved`, of a moment that may also differ from slice to slice within one volume.
 */
type Kind = 'whole' | 'stated' | 'interleaved' | 'phase';

/** Attributes of PS3.3 that say of which acquisition or reconstruction an image is. */
const attributes: readonly (readonly [Kind, readonly string[]])[] = [
  ['stated', ['ImageType', 'VolumeBasedCalculationTechnique', 'ComplexImageComponent', 'ContrastBolusAgent']],
  ['stated', ['ContrastBolusAgentSequence', 'ContrastBolusUsageSequence', 'ContrastBolusStartTime']],
  ['whole', ['ConvolutionKernel', 'KVP', 'SliceThickness', 'PatientPosition', 'GantryDetectorTilt']],
  ['whole', ['ReconstructionAlgorithm', 'ReconstructionDiameter', 'DeviceSerialNumber']],
  ['interleaved', ['IrradiationEventUID', 'AcquisitionDate', 'PatientPhysiologicalStateCodeSequence']],
  ['interleaved', ['CardiacCyclePosition', 'RespiratoryCyclePosition']],
  ['interleaved', ['AcquisitionNumber', 'AcquisitionUID', 'FrameAcquisitionNumber', 'StackID']],
  ['interleaved', ['TemporalPositionIdentifier', 'TemporalPositionIndex', 'EchoNumbers', 'EchoTime']],
  ['interleaved', ['EffectiveEchoTime', 'InversionTime', 'FlipAngle', 'DiffusionBValue']],
  ['interleaved', ['DiffusionGradientOrientation', 'DiffusionDirectionality']],
  ['interleaved', ['NominalPercentageOfCardiacPhase', 'NominalPercentageOfRespiratoryPhase']],
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
  /** Seconds; undefined where no time is stated, and the text of what is stated and is no time. */
  readonly secondsOf: (image: Dataset) => number | string | undefined;
  /** Of the acquisition; false for when the image was made. */
  readonly acquired: boolean;
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
  secondsOf: (image: Dataset) => {
    const text = stringOf(image, tagOf(time))?.trim();
    if (!text) return undefined;
    const seconds =
      date === undefined
        ? secondsOf(text.slice(0, 8), text.slice(8))
        : secondsOf(stringOf(image, tagOf(date)) ?? '', text);
    return seconds ?? text;
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
  if (items.length > 0) return items.map(saidIn).join('/');
  const texts = stringsOf(image, tag);
  const numbers = numbersOf(image, tag);
  if (texts.length === 0) return NOT_STATED;
  return numbers.length === texts.length
    ? numbers.map((value) => String(Number(value.toPrecision(4)))).join('/')
    : texts.join('/');
}

/** What an item of a sequence says, by the meanings of its codes and its own values. */
function saidIn(item: Dataset): string {
  const meaning = stringOf(item, tags.CodeMeaning);
  if (meaning !== undefined) return meaning;
  const own = Object.keys(item).flatMap((tag) => {
    const inner = itemsOf(item, tag);
    return inner.length > 0 ? inner.map(saidIn) : stringsOf(item, tag);
  });
  return own.join(' ') || 'stated';
}

/** Of DA and TM, or of the two parts of DT, of which TM and DT may leave out the smaller parts (PS3.5 section 6.2). */
function secondsOf(date: string, time: string): number | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/u.exec(date) ?? [];
  const [whole, hours, minutes = '0', seconds = '0'] =
    /^(\d{2})(?::?(\d{2})(?::?(\d{2}(?:\.\d*)?))?)?(?:[+-]\d{4})?$/u.exec(time) ?? [];
  if (whole === undefined && (time !== '' || year === undefined)) return undefined;
  const days = year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
  return ((days * 24 + Number(hours ?? 0)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

import { itemsOf, numbersOf, stringOf, stringsOf, tagOf, tags, type Dataset } from '@prelector/dicom';
import { privateAttributes } from './private-attributes.js';
import { wordsOfKeyword } from './words.js';

/**
 * How the value of an attribute tells images of several volumes apart.
 * `whole`: one volume has one value, wherever its slices lie; images that do not state it count to any.
 * `stated`: the same, and not to state it is a value.
 * `interleaved`: volumes that cover the same range have several; laid end to end they are one stack, and an image
 * here and there that does not state it counts to any.
 * `state`: as `interleaved`, of a place in the cycle of breath or heart or in a dynamic series, or of a contrast of
 * magnetic resonance: slices of two of them show the patient in two states or ways, laid end to end too, unless each
 * slice has its own.
 * `phase`: as `interleaved`, of a moment that may also differ from slice to slice within one volume.
 */
export type AcquisitionKind = 'whole' | 'stated' | 'interleaved' | 'state' | 'phase';

/** Numbers nearer than this share are one value: senders round them, and a trigger makes each repetition a little longer. */
const nearOf: Readonly<Record<string, number>> = {
  RepetitionTime: 0.2,
  EchoTime: 0.01,
  EffectiveEchoTime: 0.01,
  InversionTime: 0.01,
  FlipAngle: 0.01,
};

/** Attributes of PS3.3 that say of which acquisition or reconstruction an image is. */
const attributes: readonly (readonly [AcquisitionKind, readonly string[]])[] = [
  ['stated', ['ImageType', 'VolumeBasedCalculationTechnique', 'ComplexImageComponent', 'ContrastBolusAgent']],
  // Of positron emission tomography (C.8.9): what a series is and how its counts were corrected.
  ['stated', ['SeriesType', 'CountsSource', 'CorrectedImage', 'DecayCorrection', 'SUVType']],
  ['stated', ['RadiopharmaceuticalInformationSequence']],
  ['stated', ['ReconstructionMethod', 'AttenuationCorrectionMethod', 'ScatterCorrectionMethod']],
  ['stated', ['RandomsCorrectionMethod']],
  // Of magnetic resonance (C.8.3.1, C.8.13): what resonates, and how it is excited and read.
  ['stated', ['ImagedNucleus', 'ResonantNucleus']],
  [
    'stated',
    ['ScanningSequence', 'SequenceVariant', 'SequenceName', 'PulseSequenceName', 'MRAcquisitionType'],
  ],
  // A system that chooses coils by itself may choose others for a slice here and there.
  ['phase', ['ReceiveCoilName']],
  ['whole', ['ConvolutionKernel', 'KVP', 'SliceThickness', 'PatientPosition', 'ReconstructionAlgorithm']],
  ['interleaved', ['IrradiationEventUID', 'PatientPhysiologicalStateCodeSequence']],
  ['interleaved', ['ContrastBolusAgentSequence', 'ContrastBolusUsageSequence']],
  ['state', ['CardiacCyclePosition', 'RespiratoryCyclePosition']],
  ['interleaved', ['AcquisitionNumber', 'AcquisitionUID', 'FrameAcquisitionNumber', 'StackID']],
  ['state', ['TemporalPositionIdentifier', 'TemporalPositionIndex']],
  ['state', ['RepetitionTime', 'EchoNumbers', 'EchoTime']],
  ['state', ['EffectiveEchoTime', 'InversionTime', 'FlipAngle', 'DiffusionBValue']],
  ['state', ['DiffusionGradientOrientation', 'DiffusionDirectionality']],
  ['state', ['NominalPercentageOfCardiacPhase', 'NominalPercentageOfRespiratoryPhase']],
  ['phase', ['TriggerTime', 'TemporalPositionTimeOffset', 'NominalCardiacTriggerDelayTime']],
  // Of each position of the bed its own.
  ['phase', ['FrameReferenceTime', 'ActualFrameDuration']],
  ['phase', ['ActualCardiacTriggerDelayTime', 'NominalRespiratoryTriggerDelayTime']],
];

export interface AcquisitionAttribute {
  readonly kind: AcquisitionKind;
  readonly words: string;
  readonly labelOf: (image: Dataset) => string;
  /** Numbers that differ by no more than this share of them are one value. */
  readonly near: number;
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
  /** Seconds of the day, by the clock of its zone. */
  readonly clock: number | undefined;
  /** Seconds by which that clock is ahead of UTC. */
  readonly zone: number | undefined;
  /** What is stated and is no time. */
  readonly text: string | undefined;
}

export const NOT_STATED = 'not stated';

const ofStandard = attributes.flatMap(([kind, keywords]) =>
  keywords.map((keyword) => attributeOf(kind, keyword)),
);

/** Times of a dynamic or gated series of PET (C.8.9.1.1.1) are of its frames, and not of positions of the bed. */
const ofDynamics = ['FrameReferenceTime', 'TriggerTime'].map((keyword) => {
  const { words, labelOf: own, ...others } = attributeOf('state', keyword);
  const isDynamic = (image: Dataset) =>
    /^(?:DYNAMIC|GATED)$/iu.test(stringOf(image, tagOf('SeriesType')) ?? '');
  return {
    ...others,
    words: `${words} of a dynamic series`,
    labelOf: (image: Dataset) => (isDynamic(image) ? own(image) : NOT_STATED),
  };
});

export const acquisitionAttributes: readonly AcquisitionAttribute[] = [
  ...ofStandard,
  ...ofDynamics,
  ...privateAttributes.map(({ kind, words, labelOf: own }) => ({
    kind,
    words,
    labelOf: (image: Dataset) => own(image) ?? NOT_STATED,
    near: 0,
  })),
];

function attributeOf(kind: AcquisitionKind, keyword: string): AcquisitionAttribute {
  const tag = tagOf(keyword);
  return {
    kind,
    words: wordsOfKeyword(keyword),
    labelOf: (image: Dataset) => labelOf(image, tag),
    near: nearOf[keyword] ?? 0,
  };
}

const moments = [
  ['AcquisitionDateTime', undefined, true],
  ['AcquisitionTime', 'AcquisitionDate', true],
  ['FrameAcquisitionDateTime', undefined, true],
  ['FrameReferenceDateTime', undefined, true],
  ['ContentTime', 'ContentDate', false],
] as const;

export const momentAttributes: readonly MomentAttribute[] = moments.map(([keyword, date, acquired]) => ({
  words: wordsOfKeyword(keyword),
  acquired,
  momentOf: (image: Dataset) => {
    const text = stringOf(image, tagOf(keyword))?.trim() ?? '';
    const day = date === undefined ? text.slice(0, 8) : (stringOf(image, tagOf(date))?.trim() ?? '');
    const time = date === undefined ? text.slice(8) : text;
    const [days, clock] = [daysOf(day), clockOf(time)];
    const isRead = text === '' || clock !== undefined || (date === undefined && days !== undefined);
    return { days, clock, zone: zoneOf(time), text: isRead ? undefined : text };
  },
}));

/** What the lists above read of an image. */
export const acquisitionTags: readonly string[] = [
  ...[
    ...attributes.flatMap(([, keywords]) => keywords),
    ...moments.flatMap(([time, date]) => (date === undefined ? [time] : [time, date])),
  ].map(tagOf),
  ...privateAttributes.flatMap((each) => each.tags),
];

/** Of these the order of values says nothing. */
const unordered = new Set(['CorrectedImage', 'ScanningSequence', 'SequenceVariant'].map(tagOf));

/** Equal numbers may be spelled and rounded in several ways. */
function labelOf(image: Dataset, tag: string): string {
  const items = itemsOf(image, tag);
  if (items.length > 0) return items.map((item) => saidIn(item, tag)).join('/');
  const stated = stringsOf(image, tag);
  const texts = unordered.has(tag) ? stated.sort() : stated;
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
  if (tag === tagOf('RadiopharmaceuticalInformationSequence')) return tracerOf(item);
  const own = tag === tagOf('ContrastBolusUsageSequence') ? useOfAgent : [tags.CodeMeaning];
  return own.flatMap((each) => stringsOf(item, each)).join(' ') || 'stated';
}

/** What was given, and not how much of it or when. */
function tracerOf(item: Dataset): string {
  const coded = ['RadiopharmaceuticalCodeSequence', 'RadionuclideCodeSequence'].flatMap((keyword) =>
    itemsOf(item, tagOf(keyword)).flatMap((code) => stringsOf(code, tags.CodeMeaning)),
  );
  return [...stringsOf(item, tagOf('Radiopharmaceutical')), ...coded].join(' ') || 'stated';
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

/** Of the suffix `&ZZXX` of DT, from -1200 to +1400 (PS3.5 section 6.2); undefined where there is none, or no zone is it. */
function zoneOf(time: string): number | undefined {
  const [, sign, hours, minutes] = /([+-])(\d{2})([0-5]\d)$/u.exec(time) ?? [];
  const seconds = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60;
  return seconds >= -12 * 3600 && seconds <= 14 * 3600 ? seconds : undefined;
}

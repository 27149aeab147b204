import { tagOf } from '@prelector/dicom';
import { classicSeries, enhancedSeries, tableSeries, type RawSeries } from './good-series.js';
import { decimalMutations, textMutations, wordMutations, type Mutation } from './mutations.js';
import { rawFile, type RawItem } from './raw-element.js';

/** A good series with one attribute of its header changed. */
export interface MutatedSeries {
  /** Its folder: series, attribute, mutation and which images. */
  readonly name: string;
  /** Keyword of the attribute that was changed. */
  readonly attribute: string;
  /** Part-10 files. */
  readonly files: readonly Uint8Array[];
}

const VALUES = ['RescaleSlope', 'RescaleIntercept'];
const PLACES = ['ImagePositionPatient', 'ImageOrientationPatient', 'PixelSpacing'];
const WORDS = [
  'SamplesPerPixel',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'HighBit',
  'PixelRepresentation',
];
const UNITS = textMutations('HU_MOD', 'US', 'Z_EFF', 'MGML', 'HU\\US', 'hu', 'ED');
const COLOURS = textMutations(
  'MONOCHROME1',
  'PALETTE COLOR',
  'RGB',
  'YBR_FULL',
  'HSV',
  'GREY',
  'MONOCHROME2\\RGB',
);
const some = (mutations: readonly Mutation[], ...names: string[]) =>
  mutations.filter(({ name }) => names.includes(name));
const oddOnes = some(
  decimalMutations,
  'absent',
  'empty',
  'a comma for a point',
  'zero',
  'a value more',
  'a word',
);

const otherOnes = decimalMutations.filter((mutation) => !oddOnes.includes(mutation));

/**
 * Good series of known values, each with one attribute absent, empty, unreadable, zero, huge, of several
 * values, of another VR or of another kind, in every image or in one. The same list on every call.
 */
export function headerMutations(): MutatedSeries[] {
  const all = 'all';
  return [
    ...of(classicSeries, [...VALUES, ...PLACES, 'SliceThickness'], decimalMutations, all),
    ...of(classicSeries, [...WORDS, 'PixelPaddingValue'], wordMutations, all),
    ...of(classicSeries, ['RescaleType'], UNITS, all),
    ...of(classicSeries, ['PhotometricInterpretation'], COLOURS, all),
    ...of(classicSeries, ['Modality'], textMutations('OT', 'MR', 'CT\\MR'), all),
    ...of(classicSeries, ['FrameOfReferenceUID'], some(textMutations(), 'absent', 'empty'), all),
    ...of(classicSeries, [...VALUES, ...PLACES], oddOnes, 'one'),
    ...of(classicSeries, ['RescaleType'], UNITS, 'one'),
    ...of(classicSeries, WORDS, some(wordMutations, 'absent', 'zero', 'the largest', 'a word'), 'one'),
    ...of(tableSeries, ['LUTDescriptor', 'LUTData'], wordMutations, all),
    ...of(tableSeries, ['ModalityLUTType'], UNITS, all),
    ...of(tableSeries, VALUES, oddOnes, all),
    ...of(enhancedSeries, [...VALUES, ...PLACES, 'NumberOfFrames'], oddOnes, all),
    ...of(enhancedSeries, ['NumberOfFrames'], otherOnes, all),
    ...of(enhancedSeries, ['RescaleType'], UNITS, all),
    ...of(enhancedSeries, PLACES, oddOnes, 'one'),
  ];
}

type Scope = 'all' | 'one';

function of(
  series: RawSeries,
  attributes: readonly string[],
  mutations: readonly Mutation[],
  scope: Scope,
): MutatedSeries[] {
  return attributes.flatMap((attribute) =>
    mutations.map((mutation) => ({
      name: [series.name, attribute, mutation.name, scope].join('-').replaceAll(/[^A-Za-z0-9_-]+/gu, '_'),
      attribute,
      files: filesOf(series, tagOf(attribute), mutation, scope),
    })),
  );
}

/** In one image, or in one frame, it is the fourth: neither the first, by which others are judged, nor the last. */
const ODD = 3;

function filesOf(series: RawSeries, tag: string, { change }: Mutation, scope: Scope): Uint8Array[] {
  return series.images.map((image, index) => {
    const isMeant = scope === 'all' || series.images.length === 1 || index === ODD;
    const item = isMeant ? changed(image, tag, change, scope) : image;
    return rawFile(item, series.sopClassUid, `2.25.200${index}`);
  });
}

/** The element wherever it stands, in sequences too; in `one` item of those that have several. */
function changed(item: RawItem, tag: string, change: Mutation['change'], scope: Scope): RawItem {
  const elements = [...item.values()].flatMap((element) => {
    if (element.tag === tag) return change(element) ?? [];
    const { value } = element;
    if (value instanceof Uint8Array) return element;
    const isMeant = (index: number) => scope === 'all' || value.length === 1 || index === ODD;
    return {
      ...element,
      value: value.map((each, index) => (isMeant(index) ? changed(each, tag, change, scope) : each)),
    };
  });
  return new Map(elements.map((element) => [element.tag, element]));
}

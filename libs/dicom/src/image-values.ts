import {
  absentProblem,
  unreadableProblem,
  wrongValueProblem,
  wholeNumberProblem,
} from './attribute-problem.js';
import type { Dataset } from './dataset.js';
import { itemsOf, statedNumber, stringOf, stringsOf, valueText } from './dataset.js';
import { attributeName } from './dictionary.js';
import { multiEnergyOf } from './multi-energy.js';
import { paddingProblem } from './pixel-padding.js';
import { readTransform } from './rescale.js';
import { tags } from './tags.js';

const GREY = ['MONOCHROME1', 'MONOCHROME2'];
const HOUNSFIELD_UNIT = "[hnsf'U]";

/**
 * Why the pixels of an image, or of one frame as `frameDataset` gives it, cannot be read as values of any
 * unit: the Image Pixel Module (PS3.3 C.7.6.3) of a grey image, its modality transformation, its padding.
 * Each is part of a sentence that names the attribute and its value; empty when they can. MONOCHROME1 is
 * how a picture is shown, and changes no value.
 */
export function pixelValueProblems(image: Dataset): string[] {
  const transform = readTransform(image);
  return [
    ...layoutProblems(image),
    ...(transform.kind === 'problem' ? [transform.problem] : []),
    paddingProblem(image),
  ].filter((problem) => problem !== undefined);
}

function layoutProblems(image: Dataset): (string | undefined)[] {
  const photometric = stringsOf(image, tags.PhotometricInterpretation);
  const isGrey = photometric.length === 1 && GREY.includes(photometric[0] as string);
  const allocated = statedNumber(image, tags.BitsAllocated);
  const bits = allocated.kind === 'number' ? allocated.value : 0;
  // Float pixel data state neither bits stored nor a sign (PS3.3 C.7.6.24).
  const optional = bits > 16;
  return [
    photometric.length === 0
      ? absentProblem(tags.PhotometricInterpretation, image)
      : isGrey
        ? undefined
        : wrongValueProblem(image, tags.PhotometricInterpretation, GREY.join(' or ')),
    wholeNumberProblem(image, tags.SamplesPerPixel, { least: 1, most: 1 }),
    wholeNumberProblem(image, tags.Rows, { least: 1, most: 0xffff }),
    wholeNumberProblem(image, tags.Columns, { least: 1, most: 0xffff }),
    wholeNumberProblem(image, tags.BitsAllocated, { least: 1, most: 64 }),
    ...bitsProblems(image, bits, optional),
    wholeNumberProblem(image, tags.PixelRepresentation, { least: 0, most: 1, optional }),
    highBitProblem(image),
  ];
}

/** Values are of whole bytes, and no more bits are stored than allocated; either attribute may be the wrong one. */
function bitsProblems(image: Dataset, bits: number, optional: boolean): (string | undefined)[] {
  if (bits > 0 && ![8, 16, 32, 64].includes(bits)) {
    return [wrongValueProblem(image, tags.BitsAllocated, 'of whole bytes')];
  }
  const problem = wholeNumberProblem(image, tags.BitsStored, { least: 1, most: 64, optional });
  const stored = statedNumber(image, tags.BitsStored);
  if (problem !== undefined || stored.kind !== 'number' || stored.value <= bits || bits === 0)
    return [problem];
  return [
    `${attributeName(tags.BitsStored)} is ${stored.value}, and ${attributeName(tags.BitsAllocated)} ${bits}`,
  ];
}

/** High Bit is one less than Bits Stored (PS3.5 section 8.1.1): another one shifts every value. */
function highBitProblem(image: Dataset): string | undefined {
  const [high, stored] = [statedNumber(image, tags.HighBit), statedNumber(image, tags.BitsStored)];
  if (high.kind === 'absent' || stored.kind !== 'number') return undefined;
  if (high.kind === 'unreadable') return unreadableProblem(tags.HighBit, high.shape);
  if (high.value === stored.value - 1) return undefined;
  return `${attributeName(tags.HighBit)} is ${high.value}, and ${attributeName(tags.BitsStored)} ${stored.value}`;
}

/**
 * Why the values of an image or frame are no Hounsfield units. Beside what keeps them from being values at
 * all: no rescale (PS3.3 C.8.2.1.1.2); another unit in Rescale Type, Modality LUT Type or the real world
 * value mapping. An absent Rescale Type means HU, but only in CT of one spectrum (PS3.3 C.8.2.1).
 */
export function hounsfieldProblems(image: Dataset): string[] {
  const transform = readTransform(image);
  if (transform.kind === 'linear' && !transform.stated) {
    return [
      ...pixelValueProblems(image),
      `${absentProblem(tags.RescaleSlope, image)} and ${absentProblem(tags.RescaleIntercept, image)}`,
      ...unitProblems(image),
    ];
  }
  return [...pixelValueProblems(image), ...unitProblems(image)];
}

function unitProblems(image: Dataset): string[] {
  const [lut] = itemsOf(image, tags.ModalityLUTSequence);
  return [
    lut ? statedUnit(lut, tags.ModalityLUTType, true) : undefined,
    statedUnit(image, tags.RescaleType, !isHounsfieldUnlessStated(image) && lut === undefined),
    realWorldProblem(image),
  ].filter((problem) => problem !== undefined);
}

/**
 * True of an image whose rescaled values are HU where Rescale Type is absent: CT, which must state any other unit, and
 * HU too where it is of several energies (PS3.3 C.8.2.1).
 */
export const isHounsfieldUnlessStated = (image: Dataset): boolean =>
  stringOf(image, tags.Modality) === 'CT' && multiEnergyOf(image) === undefined;

function statedUnit(dataset: Dataset, tag: string, isNeeded: boolean): string | undefined {
  const units = stringsOf(dataset, tag);
  if (units.length === 0 && hasNoValue(dataset, tag)) {
    return isNeeded ? `${absentProblem(tag, dataset)}, and nothing else says that values are HU` : undefined;
  }
  const isHounsfield = units.length === 1 && units[0]?.toUpperCase() === 'HU';
  return isHounsfield ? undefined : wrongValueProblem(dataset, tag, 'HU');
}

const hasNoValue = (dataset: Dataset, tag: string) =>
  valueText(dataset[tag]) === 'nothing' || valueText(dataset[tag]) === '""';

/** A real world value mapping (PS3.3 C.7.6.16.2.11) to another unit, or to other Hounsfield units. */
function realWorldProblem(image: Dataset): string | undefined {
  const mappings = itemsOf(image, tags.RealWorldValueMappingSequence);
  if (mappings.length === 0) return undefined;
  const units = mappings.map((mapping) => {
    const [unit] = itemsOf(mapping, tags.MeasurementUnitsCodeSequence);
    return (unit && stringOf(unit, tags.CodeValue)) ?? 'no unit';
  });
  const mapping = mappings[units.indexOf(HOUNSFIELD_UNIT)];
  const name = attributeName(tags.RealWorldValueMappingSequence);
  if (mapping === undefined) return `${name} gives ${[...new Set(units)].join(', ').slice(0, 64)}, not HU`;
  const transform = readTransform(image);
  const [slope, intercept] = [tags.RealWorldValueSlope, tags.RealWorldValueIntercept].map((tag) =>
    statedNumber(mapping, tag),
  );
  if (transform.kind !== 'linear' || slope?.kind !== 'number' || intercept?.kind !== 'number')
    return undefined;
  const isSame = close(slope.value, transform.slope) && close(intercept.value, transform.intercept);
  return isSame ? undefined : `${name} gives other HU than ${attributeName(tags.RescaleSlope)} and intercept`;
}

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

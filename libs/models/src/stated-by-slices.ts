import { itemsOf, statedNumbers, stringsOf, tags, type Dataset } from '@prelector/dicom';

/**
 * What the slices of a volume, feet to head, state of the attributes by which the series was taken, or that make the
 * number or the place of a voxel: by tag one text for each, or one alone where all say the same. Empty where a slice
 * states none that can be read.
 */
export type StatedBySlices = Readonly<Record<string, readonly string[]>>;

const compared: readonly string[] = [
  tags.Modality,
  tags.BodyPartExamined,
  tags.ImagePositionPatient,
  tags.ImageOrientationPatient,
  tags.PixelSpacing,
  tags.SliceThickness,
  tags.SamplesPerPixel,
  tags.PhotometricInterpretation,
  tags.BitsStored,
  tags.PixelRepresentation,
  tags.PixelPaddingValue,
  tags.PixelPaddingRangeLimit,
  tags.RescaleSlope,
  tags.RescaleIntercept,
  tags.RescaleType,
  tags.ModalityLUTSequence,
];

/** Servers take the same 16 bits for a number with sign or without: the VR is US or SS (PS3.6). */
const ofEitherSign: readonly string[] = [tags.PixelPaddingValue, tags.PixelPaddingRangeLimit];

/** Code strings that describe, and tell neither whose an image is nor what its numbers are. */
const described: readonly string[] = [tags.BodyPartExamined];

/** Enough for the longest of them, six decimal strings. */
const MOST_TEXT = 256;

/** What slices, feet to head, state. */
export function statedBySlices(images: readonly Dataset[]): StatedBySlices {
  return Object.fromEntries(
    compared.map((tag) => {
      const texts = images.map((image) => textOf(image, tag).slice(0, MOST_TEXT));
      const [first = ''] = texts;
      return [tag, texts.every((text) => text === first) ? [first] : texts] as const;
    }),
  );
}

/**
 * The first attribute, by tag, of which two statements about the same slices differ; undefined where none does. What
 * only one of both states contradicts nothing: servers leave attributes out.
 */
export function contradictedAttribute(promised: StatedBySlices, found: StatedBySlices): string | undefined {
  return Object.keys(found).find((tag) => {
    const [one, other] = [promised[tag] ?? [], found[tag] ?? []];
    const count = Math.max(one.length, other.length);
    return Array.from({ length: count }, (_, slice) => slice).some(
      (slice) => !agree(tag, textAt(one, slice), textAt(other, slice), stepAt(found, slice)),
    );
  });
}

const textAt = (texts: readonly string[], slice: number) =>
  (texts.length === 1 ? texts[0] : texts[slice]) ?? '';

/** Between values of which the stored ones are next to each other, by the slope. */
const stepAt = (stated: StatedBySlices, slice: number) =>
  Math.abs(Number(textAt(stated[tags.RescaleSlope] ?? [], slice))) || 1;

function textOf(image: Dataset, tag: string): string {
  if (tag === tags.ModalityLUTSequence) return tableOf(image);
  const stated = statedNumbers(image, tag);
  const values = stated.kind === 'numbers' ? stated.values : stringsOf(image, tag);
  return values.join('\\');
}

/** Of a lookup table its descriptor, whose second value may be read with a sign; metadata may leave its data out. */
function tableOf(image: Dataset): string {
  const stated = itemsOf(image, tags.ModalityLUTSequence).map((table) =>
    statedNumbers(table, tags.LUTDescriptor),
  );
  return stated
    .flatMap((descriptor) => (descriptor.kind === 'numbers' ? descriptor.values.map(unsigned) : []))
    .join('\\');
}

const unsigned = (value: number) => ((value % 0x10000) + 0x10000) % 0x10000;

/**
 * Servers spell the same decimal in several ways, and round it: positions and sizes in mm, cosines, the rest as share of
 * the number, or of an intercept as share of the step that it moves.
 */
const tolerances: Readonly<Record<string, number>> = {
  [tags.ImagePositionPatient]: 0.01,
  [tags.PixelSpacing]: 0.001,
  [tags.SliceThickness]: 0.001,
  [tags.ImageOrientationPatient]: 0.001,
};
const SHARE = 1e-5;

function agree(tag: string, one: string, other: string, step: number): boolean {
  if (one === '' || other === '' || one === other) return true;
  if (sameToAll(one, other)) return true;
  if (described.includes(tag) && (isLeftOf(one, other) || isLeftOf(other, one))) return true;
  const [first, second] = [one, other].map((text) => text.split('\\').map(Number));
  if (first === undefined || second === undefined || first.length !== second.length) return false;
  return first.every((value, index) => close(tag, value, second[index] as number, step));
}

/**
 * True of text that differs in characters beyond ASCII alone: of a code string no character set is stated, so that
 * readers make others of the same bytes, or a question mark, or none.
 */
function sameToAll(one: string, other: string): boolean {
  if (isPlain(one) && isPlain(other)) return false;
  return common(one) === common(other);
}

const isPlain = (text: string) => /^[\x20-\x7e]*$/u.test(text);
const common = (text: string) => text.normalize('NFC').replaceAll(/[^\x20-\x7e]|\?/gu, '');

/**
 * True of what a reader of UTF-8 leaves of a text in Latin-1: a byte that begins a longer character (C2 to F4) takes the
 * next one with it, plain or not, and neither is left.
 */
function isLeftOf(left: string, text: string): boolean {
  if (/[^\x20-\x7e\ufffd]/u.test(left) || !/[\u00c2-\u00f4]/u.test(text.normalize('NFC'))) return false;
  return common(left) === common(text.normalize('NFC').replaceAll(/[\u00c2-\u00f4][^\\]/gu, ''));
}

/** False of what is no number. */
function close(tag: string, one: number, other: number, step: number): boolean {
  if (ofEitherSign.includes(tag)) return unsigned(one) === unsigned(other);
  const least = tag === tags.RescaleIntercept ? step : 0;
  const tolerance = tolerances[tag] ?? SHARE * Math.max(Math.abs(one), Math.abs(other), least);
  return Math.abs(one - other) <= tolerance;
}

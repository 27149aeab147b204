import { absentProblem, unreadableProblem, wrongValueProblem } from './attribute-problem.js';
import type { Dataset, Element } from './dataset.js';
import { itemsOf, numbersOf, shapeWithoutText, statedNumber, statedNumbers } from './dataset.js';
import { attributeName } from './dictionary.js';
import { tags } from './tags.js';

/** A lookup table: the stored value of its first entry, and its entries. */
export interface Lut {
  readonly kind: 'lut';
  readonly first: number;
  readonly values: readonly number[];
}

export interface TransformProblem {
  readonly kind: 'problem';
  /** Part of a sentence that names the attribute. */
  readonly problem: string;
}

const problemOf = (problem: string): TransformProblem => ({ kind: 'problem', problem });

/** Zero entries stand for this many, which 16 bits cannot hold (PS3.3 C.11.1.1). */
const ALL_ENTRIES = 0x10000;

/**
 * The Modality LUT of an image (PS3.3 C.11.1), or what is wrong with it; undefined when it has none. Of
 * metadata, which may keep the entries back, only the descriptor is judged: then there are no values.
 */
export function modalityLut(dataset: Dataset): Lut | TransformProblem | undefined {
  const element = dataset[tags.ModalityLUTSequence];
  const [item, ...others] = itemsOf(dataset, tags.ModalityLUTSequence);
  if (!item)
    return isSilent(element)
      ? undefined
      : problemOf(wrongValueProblem(dataset, tags.ModalityLUTSequence, 'a sequence'));
  if (others.length > 0) return problemOf(`${attributeName(tags.ModalityLUTSequence)} has several items`);
  const descriptor = statedNumbers(item, tags.LUTDescriptor);
  if (descriptor.kind === 'absent') return problemOf(absentProblem(tags.LUTDescriptor));
  const [count, first, bits] = descriptor.kind === 'numbers' ? descriptor.values : [];
  const isSound =
    Number.isInteger(bits) &&
    (bits as number) >= 8 &&
    (bits as number) <= 16 &&
    Number.isInteger(count) &&
    Number.isInteger(first);
  if (!isSound || numbersOf(item, tags.LUTDescriptor).length !== 3) {
    return problemOf(wrongValueProblem(item, tags.LUTDescriptor, 'three numbers that describe a table'));
  }
  // Both numbers are 16 bits; which of them have a sign is often written wrong.
  const entries = (count as number) & 0xffff || ALL_ENTRIES;
  const start =
    isSigned(dataset) && (first as number) > 0x7fff ? (first as number) - 0x10000 : (first as number);
  const table = item[tags.LUTData];
  // The reader leaves UN only where the order of the bytes cannot be told.
  if (table?.vr === 'UN' && table.bytes !== undefined) {
    return problemOf(unreadableProblem(tags.LUTData, shapeWithoutText(table) ?? 'empty'));
  }
  const data = lutData(table, entries, bits === 8);
  if (data === undefined) return problemOf(unreadableProblem(tags.LUTData, `it has no ${entries} entries`));
  if (data.some((value) => value < 0 || value >= 2 ** (bits as number))) {
    return problemOf(unreadableProblem(tags.LUTData, `an entry is more than ${bits} bits`));
  }
  return { kind: 'lut', first: start, values: data };
}

function isSilent(element: Element | undefined): boolean {
  return element === undefined || (element.vr === 'SQ' && !element.Value?.length);
}

function isSigned(dataset: Dataset): boolean {
  const representation = statedNumber(dataset, tags.PixelRepresentation);
  return representation.kind === 'number' && representation.value === 1;
}

/** LUT Data as numbers, as 16-bit words, or two 8-bit entries to a word; empty where it is kept elsewhere. */
function lutData(
  element: Element | undefined,
  entries: number,
  isPacked: boolean,
): readonly number[] | undefined {
  if (element?.BulkDataURI !== undefined || element?.InlineBinary !== undefined) return [];
  const bytes = element?.bytes;
  if (bytes === undefined) {
    const values = element ? numbersOf({ data: element }, 'data') : [];
    return values.length === entries && values.every(Number.isInteger)
      ? values.map((value) => value & 0xffff)
      : undefined;
  }
  if (isPacked && bytes.length === entries + (entries % 2)) return [...bytes.subarray(0, entries)];
  if (bytes.length !== entries * 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: entries }, (_, index) => view.getUint16(index * 2, true));
}

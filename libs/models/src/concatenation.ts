import { frameCount, statedNumber, stringOf, tags, type Dataset } from '@prelector/dicom';
import { counted } from '@prelector/kernel';

/** A part of a Concatenation, as it says of itself. */
interface Part {
  readonly number: number | undefined;
  readonly total: number | undefined;
  readonly offset: number | undefined;
  readonly frames: number;
}

/**
 * Why the parts of Concatenations (PS3.3 C.7.6.16.2.2.4), which are one object that was cut up, are not all there,
 * naming what is missing; or undefined, and where images are parts of none. Takes the instances of a series, which
 * `frameCount` can count.
 */
export function concatenationProblem(instances: readonly Dataset[]): string | undefined {
  const groups = Map.groupBy(instances.filter(isPart), ownerOf);
  for (const [owner, group] of groups) {
    const parts = group.map(partOf);
    if (owner === undefined && areFirst(parts)) continue;
    const problem = partsProblem(parts);
    if (problem !== undefined) return `a Concatenation is not whole: ${problem}`;
  }
  return undefined;
}

/** By its UID or, where that is left out, by any of what else only parts state; one that is alone says that it is. */
function isPart(instance: Dataset): boolean {
  if (stringOf(instance, tags.ConcatenationUID) !== undefined) return true;
  const { number, total, offset } = partOf(instance);
  return total !== 1 && [number, total, offset].some((stated) => stated !== undefined);
}

/** What the parts of one object share: a UID of their Concatenation, or that of the object which was cut up. */
const ownerOf = (instance: Dataset) =>
  stringOf(instance, tags.ConcatenationUID) ?? stringOf(instance, tags.SOPInstanceUIDOfConcatenationSource);

/**
 * True of images that share nothing and each say that they are the first part, without saying of how many: each is an
 * object of its own, that was not cut.
 */
function areFirst(parts: readonly Part[]): boolean {
  const numbers = new Set(parts.flatMap(({ number }) => number ?? []));
  return (
    numbers.size <= 1 &&
    [...numbers].every((number) => number === 0 || number === 1) &&
    parts.every(({ total, offset = 0 }) => total === undefined && offset === 0)
  );
}

function partOf(instance: Dataset): Part {
  return {
    number: numberIn(instance, tags.InConcatenationNumber),
    total: numberIn(instance, tags.InConcatenationTotalNumber),
    offset: numberIn(instance, tags.ConcatenationFrameOffsetNumber),
    frames: frameCount(instance),
  };
}

/** NaN for what is stated and no number: it agrees with nothing. */
function numberIn(instance: Dataset, tag: string): number | undefined {
  const stated = statedNumber(instance, tag);
  if (stated.kind === 'absent') return undefined;
  return stated.kind === 'number' ? stated.value : Number.NaN;
}

function partsProblem(parts: readonly Part[]): string | undefined {
  return numbersProblem(parts) ?? offsetsProblem(parts);
}

function numbersProblem(parts: readonly Part[]): string | undefined {
  const numbers = parts.flatMap(({ number }) => number ?? []);
  const totals = [...new Set(parts.flatMap(({ total }) => total ?? []))];
  const [total] = totals;
  if (totals.length > 1) return `its parts state ${totals.join(' and ')} as In-concatenation Total Number`;
  if (total !== undefined && total !== parts.length) {
    return `${counted(parts.length, 'part')} came, and In-concatenation Total Number is ${total}${missing(numbers, total)}`;
  }
  if (new Set(numbers).size < numbers.length) return 'two parts have the same In-concatenation Number';
  const due = Array.from({ length: parts.length }, (_, index) => index + 1);
  const isWhole = numbers.length === 0 || due.every((number) => numbers.includes(number));
  return isWhole
    ? undefined
    : `the parts that came have the In-concatenation Numbers ${numbers.toSorted((a, b) => a - b).join(', ')}`;
}

/** As many missing parts are named. */
const NAMED = 5;

function missing(numbers: readonly number[], total: number): string {
  const some: number[] = [];
  for (let number = 1; number <= total && some.length < NAMED; number++) {
    if (!numbers.includes(number)) some.push(number);
  }
  const isKnown = numbers.length > 0 && some.length > 0;
  return isKnown ? `: no part ${some.join(', ')}${some.length === NAMED ? ', ...' : ''}` : '';
}

/** Each part says how many frames are before it in all: the first none, the next as many as came. */
function offsetsProblem(parts: readonly Part[]): string | undefined {
  const placed = parts.flatMap(({ offset, frames }) => (offset === undefined ? [] : [{ offset, frames }]));
  if (placed.length < parts.length) return undefined;
  let due = 0;
  for (const { offset, frames } of placed.toSorted((a, b) => a.offset - b.offset)) {
    if (offset !== due) {
      return `a part states ${offset} as Concatenation Frame Offset Number, and ${counted(due, 'frame')} came before it`;
    }
    due += frames;
  }
  return undefined;
}

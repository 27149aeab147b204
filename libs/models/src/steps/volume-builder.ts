import {
  modalityTransform,
  numberOf,
  readPlane,
  tags,
  type Dataset,
  type SlicePlane,
} from '@prelector/dicom';
import { counted } from '@prelector/kernel';
import { separateAcquisitions } from '../acquisitions.js';
import { modelError } from '../errors.js';
import { imageProblems } from '../image-values.js';
import { judgeSlices, nameOf, type PlacedSlice } from '../slices.js';
import { statedBySlices } from '../stated-by-slices.js';
import { mixtureOf, valueKindOf, type ValueKind } from '../value-mixture.js';
import { writeValues, type Voxels } from '../voxel-values.js';
import { together } from '../words.js';
import type { AssembledImage, ExpectedSeries, SeriesWork, SourceFrame } from './input-step.js';
import { affineOf, headwards, turnOf } from './volume-geometry.js';
import type { VolumeSpec } from './volume-spec.js';

interface Arrived {
  readonly slot: number;
  readonly sopInstanceUid: string;
  readonly index: number | undefined;
  readonly attributes: Dataset;
  readonly plane: SlicePlane;
}

/**
 * Builds a volume from slices in any order of arrival. Each slice is written once, on
 * arrival, into one preallocated array, which is put in order in place at the end: never two volumes in
 * memory, and never more than one decoded slice.
 */
export class VolumeBuilder implements SeriesWork {
  readonly #volume: VolumeSpec;
  readonly #selection: ExpectedSeries['selection'];
  readonly #expected: number;
  readonly #places: ReadonlyMap<string, number> | undefined;
  readonly #placed: PlacedSlice<Arrived>[] = [];
  #kind: ValueKind | undefined;
  #voxels: Voxels | undefined;

  constructor(volume: VolumeSpec, { selection, images, order }: ExpectedSeries) {
    this.#volume = volume;
    this.#selection = selection;
    this.#expected = Math.max(1, images);
    this.#places = order && new Map(order.map((uid, place) => [uid, place]));
  }

  /**
   * Takes one slice: modality LUT applied, padding replaced, rounded for int16. Throws
   * `model.volume-incomplete` for a slice that has no place or another size, `model.values-unusable` naming the
   * attribute, `model.volume-too-large`.
   */
  add({ sopInstanceUid, attributes, frame, index }: SourceFrame): void {
    this.#checkValues(attributes);
    const name = nameOf(attributes, index);
    const read = readPlane(attributes);
    if ('problem' in read)
      throw modelError('model.volume-incomplete', `${read.problem} (${name ?? 'one image'})`);
    const { plane } = read;
    const first = this.#placed[0]?.plane ?? plane;
    if (frame.samplesPerPixel !== 1) throw modelError('model.values-unusable', 'an image is in colour');
    if (frame.rows !== first.rows || frame.columns !== first.columns) {
      throw modelError('model.volume-incomplete', 'the images differ in size');
    }
    const slot = this.#slotOf(sopInstanceUid);
    const size = frame.rows * frame.columns;
    if (frame.pixels.length !== size) throw modelError('model.volume-incomplete', 'an image lacks pixels');
    const target = this.#room(slot, size).subarray(slot * size, (slot + 1) * size);
    writeValues(target, frame, attributes, this.#volume.outside);
    turnUpright(target, plane);
    this.#placed.push({ plane, name, item: { slot, sopInstanceUid, index, attributes, plane } });
  }

  /** The header may be another than the one that was selected by. */
  #checkValues(attributes: Dataset): void {
    const asked = { values: this.#volume.values, selection: this.#selection };
    const problems = imageProblems(asked, attributes);
    if (problems.length > 0) throw modelError('model.values-unusable', together(problems));
    const kind = valueKindOf(attributes);
    this.#kind ??= kind;
    const mixture = mixtureOf([this.#kind, kind]);
    if (mixture !== undefined) throw modelError('model.values-unusable', mixture);
  }

  #slotOf(sopInstanceUid: string): number {
    if (this.#places === undefined) return this.#placed.length;
    const place = this.#places.get(sopInstanceUid);
    if (place === undefined || this.#placed.some(({ item }) => item.slot === place)) {
      throw modelError('model.volume-incomplete', 'an image came that was not expected, or came twice');
    }
    return place;
  }

  /** Puts the slices in order and gives the volume; throws `model.volume-incomplete` with every reason. */
  finish(): AssembledImage {
    const first = this.#placed[0]?.plane;
    if (first === undefined || this.#voxels === undefined) {
      throw modelError('model.volume-incomplete', 'no slice came');
    }
    if (this.#places && this.#placed.length < this.#places.size) {
      throw modelError(
        'model.volume-incomplete',
        `${this.#places.size - this.#placed.length} images did not come`,
      );
    }
    const verdict = judgeSlices(this.#selection, this.#placed);
    const { volumes, by, notes } = separateAcquisitions(
      verdict.order.items.map(({ attributes }) => attributes),
    );
    const refusals = [
      ...(volumes > 1 ? [`the images hold ${volumes} volumes, by ${by}`] : []),
      ...verdict.refusals,
    ];
    if (refusals.length > 0) throw modelError('model.volume-incomplete', refusals.join('; '));
    const items = headwards(first) ? verdict.order.items : [...verdict.order.items].reverse();
    const size = first.rows * first.columns;
    const voxels = this.#voxels.subarray(0, items.length * size);
    permute(
      voxels,
      size,
      items.map(({ slot }) => slot),
    );
    return {
      tensor: { type: this.#volume.type, dims: [items.length, first.rows, first.columns], data: voxels },
      affine: affineOf(items.map(({ plane }) => plane)),
      spacing: [verdict.order.spacing, ...first.pixelSpacing],
      order: items.map(({ sopInstanceUid }) => sopInstanceUid),
      sources: items.map(({ sopInstanceUid, index, plane }) => ({ sopInstanceUid, index, plane })),
      stated: statedBySlices(items.map(({ attributes }) => attributes)),
      notes: [...notes, ...verdict.notes, ...this.#roundingNotes(items.map(({ attributes }) => attributes))],
      facts: [
        { name: 'Slices analysed', value: String(items.length) },
        { name: 'Slice spacing', value: `${Number(verdict.order.spacing.toFixed(3))} mm` },
      ],
    };
  }

  /** Whole numbers hold no fractions, and a reader of the numbers must know that they are gone. */
  #roundingNotes(images: readonly Dataset[]): string[] {
    if (this.#volume.type !== 'int16') return [];
    const rounded = images.filter((image) => makesFractions(image)).length;
    if (rounded === 0) return [];
    return [
      `the model reads whole numbers, to which the values of ${rounded} of ${counted(images.length, 'image')} were rounded`,
    ];
  }

  /** The whole array, grown when more slices come than were expected. */
  #room(slot: number, size: number): Voxels {
    const length = Math.max(this.#expected, slot + 1) * size;
    if (length > this.#volume.maximumVoxels) throw modelError('model.volume-too-large', `${length} voxels`);
    if (this.#voxels === undefined || this.#voxels.length < (slot + 1) * size) {
      const grown = Math.max(length, Math.min(2 * slot * size, this.#volume.maximumVoxels));
      const voxels = this.#volume.type === 'int16' ? new Int16Array(grown) : new Float32Array(grown);
      if (this.#voxels) voxels.set(this.#voxels);
      this.#voxels = voxels;
    }
    return this.#voxels;
  }
}

/** True where a rescale makes other than whole numbers of whole ones, and of stored floats; a lookup table holds whole ones. */
function makesFractions(image: Dataset): boolean {
  const transform = modalityTransform(image);
  if (transform.kind === 'lut') return false;
  const isFloat = (numberOf(image, tags.BitsAllocated) ?? 0) > 16 && image[tags.BitsStored] === undefined;
  return isFloat || !Number.isInteger(transform.slope) || !Number.isInteger(transform.intercept);
}

/** Turns a slice so that columns run to the patient's left and rows to the back (LPS, as most are). */
function turnUpright(slice: Voxels, plane: SlicePlane): void {
  const { rows, columns } = plane;
  const { mirrored, upsideDown } = turnOf(plane);
  if (mirrored && upsideDown) slice.reverse();
  else if (mirrored) {
    for (let row = 0; row < rows; row++) slice.subarray(row * columns, (row + 1) * columns).reverse();
  } else if (upsideDown) {
    for (let top = 0, bottom = rows - 1; top < bottom; top++, bottom--) swapRows(slice, columns, top, bottom);
  }
}

function swapRows(voxels: Voxels, length: number, a: number, b: number): void {
  const kept = voxels.slice(a * length, (a + 1) * length);
  voxels.copyWithin(a * length, b * length, (b + 1) * length);
  voxels.set(kept, b * length);
}

/** Puts equal blocks in the order of their places, in place: follows each cycle with one block of scratch. */
function permute(voxels: Voxels, size: number, sources: readonly number[]): void {
  const pending = [...sources];
  for (let start = 0; start < pending.length; start++) {
    if (pending[start] === start) continue;
    const kept = voxels.slice(start * size, (start + 1) * size);
    let at = start;
    for (let from = pending[at] as number; from !== start; from = pending[at] as number) {
      voxels.copyWithin(at * size, from * size, (from + 1) * size);
      pending[at] = at;
      at = from;
    }
    voxels.set(kept, at * size);
    pending[at] = at;
  }
}

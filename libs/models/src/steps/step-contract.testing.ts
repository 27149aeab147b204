import { expect, it } from '@jest/globals';
import { planeOf, type Dataset, type SlicePlane } from '@prelector/dicom';
import fc from 'fast-check';
import type { TensorDescription } from '../graph.js';
import { ctSlice, manifestWith } from '../images.testing.js';
import type { TensorValue } from '../onnx-model.js';
import { patientPositionOf, type PatientVector } from './affine.js';
import type { ImageStep, InputStep, PlacedImage, SeriesStep, SourceFrame } from './input-step.js';
import { orderDigest } from './volume-geometry.js';

/** What a step is tried on. */
export interface StepExample {
  /** What a manifest says to it. */
  readonly spec: unknown;
  /** Inputs of a graph that it fills; none of a step that only changes an image. */
  readonly graph: readonly TensorDescription[];
}

const at = ['input', 'tried'];
const junk = [null, 5, 'text', [], {}, { tensor: 7 }];
const { selection } = manifestWith().input;
const [IMAGES, ROWS, COLUMNS] = [5, 3, 4];
const MARK = 900;

/** The ways in which slices of one volume lie: mirrored, upside down, from the head, oblique. */
const ways: Readonly<Record<string, (z: number) => Record<string, unknown>>> = {
  upright: (z) => ({ ImagePositionPatient: [-10, -20, z * 2] }),
  mirrored: (z) => ({
    ImageOrientationPatient: [-1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [10, -20, z * 2],
  }),
  'upside down': (z) => ({
    ImageOrientationPatient: [1, 0, 0, 0, -1, 0],
    ImagePositionPatient: [-10, 20, z * 2],
  }),
  'turned half around': (z) => ({
    ImageOrientationPatient: [-1, 0, 0, 0, -1, 0],
    ImagePositionPatient: [10, 20, -z * 2],
  }),
  oblique: (z) => {
    const [cos, sin] = [Math.cos(0.1), Math.sin(0.1)];
    return {
      ImageOrientationPatient: [1, 0, 0, 0, cos, sin],
      ImagePositionPatient: [-10, -20 - sin * z * 2, cos * z * 2],
    };
  },
};

const slices = (way: string) =>
  Array.from({ length: IMAGES }, (_, z) => ctSlice(z, { InstanceNumber: z + 1, ...ways[way]?.(z) }));

/** An image of which one pixel is marked. */
function frameOf(attributes: Dataset, mark?: readonly [row: number, column: number]): SourceFrame {
  const pixels = new Uint16Array(ROWS * COLUMNS);
  if (mark) pixels[mark[0] * COLUMNS + mark[1]] = 1024 + MARK;
  return {
    sopInstanceUid: String(attributes['00080018']?.Value?.[0]),
    attributes,
    frame: {
      rows: ROWS,
      columns: COLUMNS,
      samplesPerPixel: 1,
      bitsStored: 16,
      signed: false,
      photometricInterpretation: 'MONOCHROME2',
      pixels,
    },
  };
}

/** PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1. */
function pixelPosition(plane: SlicePlane, row: number, column: number): PatientVector {
  const {
    imagePosition: [x, y, z],
    imageOrientation: [a, b, c, d, e, f],
    pixelSpacing: [byRow, byColumn],
  } = plane;
  const [down, across] = [row * byRow, column * byColumn];
  return [x + a * across + d * down, y + b * across + e * down, z + c * across + f * down];
}

/** Where the largest element of a tensor stands. */
function indexOfLargest({ dims, data }: TensorValue): number[] {
  const values = Array.from(data as ArrayLike<number>, Number);
  let rest = values.indexOf(Math.max(...values));
  return dims
    .toReversed()
    .map((size) => {
      const place = rest % size;
      rest = Math.floor(rest / size);
      return place;
    })
    .toReversed();
}

function expectNear(got: PatientVector, wanted: PatientVector, tolerance: number): void {
  for (const axis of [0, 1, 2] as const) expect(Math.abs(got[axis] - wanted[axis])).toBeLessThan(tolerance);
}

const bytesOf = ({ data }: TensorValue) => data.byteLength;

/** What every step keeps, shipped or not. */
export function stepContract(step: InputStep<unknown>, example: StepExample): void {
  const spec = step.spec.parse(example.spec);

  it('takes its example, and reads of its part what can be read', () => {
    expect(step.problems(spec, at)).toEqual([]);
    for (const each of junk) expect(() => step.problems(step.outline.parse(each), at)).not.toThrow();
    for (const each of junk) expect(step.spec.safeParse(each).success).toBe(false);
    expect(step.spec.safeParse({ ...(example.spec as object), nobodyKnows: 1 }).success).toBe(false);
  });

  it('places what it doubts within its part', () => {
    for (const { path } of step.warnings(spec, selection, at)) expect(path.slice(0, 2)).toEqual(at);
  });

  if (step.takes === 'series') seriesContract(step, spec, example);
  else imageContract(step, spec);
}

function seriesContract(step: SeriesStep<unknown, unknown>, spec: unknown, { graph }: StepExample): void {
  const made = (frames: readonly SourceFrame[], order?: readonly string[]) => {
    const work = step.begin(spec, { selection, images: frames.length, order });
    for (const frame of frames) work.add(frame);
    return work.finish();
  };

  it('feeds what the graph declares, in a trial and in a run', () => {
    const feeds = step.feeds(step.outline.parse(spec), at);
    const image = made(slices('upright').map((each) => frameOf(each)));
    expect(feeds.map(({ tensor }) => tensor)).toEqual(graph.map(({ name }) => name));
    expect(feeds.some(({ isImage }) => isImage)).toBe(true);
    for (const declared of graph) {
      const feed = feeds.find(({ tensor }) => tensor === declared.name);
      if (feed === undefined) throw new Error(`${declared.name} is not fed`);
      expect(feed.path.slice(0, 2)).toEqual(at);
      expect(feed.problems(declared)).toEqual([]);
      expect(feed.problems({ ...declared, type: 'string' })).not.toEqual([]);
      for (const value of [feed.trial(), feed.value(image)]) {
        expect([value.type, value.dims.length]).toEqual([declared.type, declared.shape.length]);
        expect(value.data).toHaveLength(value.dims.reduce((product, size) => product * size, 1));
      }
    }
  });

  it.each(Object.keys(ways))('leads back to the patient and to the pixel of the source: %s', (way) => {
    const images = slices(way);
    const places = fc.record({
      image: fc.nat(IMAGES - 1),
      row: fc.nat(ROWS - 1),
      column: fc.nat(COLUMNS - 1),
      arriving: fc.shuffledSubarray(images, { minLength: IMAGES }),
    });
    fc.assert(
      fc.property(places, ({ image, row, column, arriving }) => {
        const marked = images.find((_, z) => z === image) ?? {};
        const given = made(
          arriving.map((each) => frameOf(each, each === marked ? [row, column] : undefined)),
        );
        const index = indexOfLargest(given.tensor);
        const wanted = pixelPosition(planeOf(marked) as SlicePlane, row, column);
        expectNear(patientPositionOf(given.affine, index), wanted, 1e-6);
        const [z = -1] = index;
        const source = given.sources[z];
        expect(source?.sopInstanceUid).toBe(frameOf(marked).sopInstanceUid);
        expect(source?.plane).toEqual(planeOf(marked));
        expect(given.order).toEqual(given.sources.map(({ sopInstanceUid }) => sopInstanceUid));
      }),
      { numRuns: 30 },
    );
  });

  it('judges by metadata what the images then come to, and promises it', () => {
    for (const way of Object.keys(ways)) {
      const images = slices(way);
      const candidate = { seriesInstanceUid: '1.2.3.4', instances: images };
      const verdict = step.judge(
        spec,
        selection,
        candidate,
        images.map((image) => ({ image, item: image })),
      );
      if ('why' in verdict) throw new Error(verdict.why);
      const promised = step.promise(verdict.images);
      const given = made(images.map((each) => frameOf(each)));
      expect(promised.order).toBe(orderDigest(given.order));
      expect(promised.spacing).toEqual(given.spacing);
      expect(promised.stated).toEqual(given.stated);
    }
  });

  it('refuses alike, by metadata and by the images, those of which it makes none', () => {
    const images = slices('upright').map((image, index) =>
      index === 2 ? { ...image, '00200032': { vr: 'DS', Value: [-10, -20, 400] } } : image,
    );
    const candidate = { seriesInstanceUid: '1.2.3.4', instances: images };
    const verdict = step.judge(
      spec,
      selection,
      candidate,
      images.map((image) => ({ image, item: image })),
    );
    expect(verdict).toEqual(expect.objectContaining({ why: expect.any(String) }));
    expect(() => made(images.map((each) => frameOf(each)))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^model\./u) }),
    );
    expect(() => made([])).toThrow(expect.objectContaining({ code: expect.stringMatching(/^model\./u) }));
  });

  it('says how much it holds', () => {
    const given = made(slices('upright').map((each) => frameOf(each)));
    const need = step.bytes(spec, { images: IMAGES, rows: ROWS, columns: COLUMNS });
    expect(need).toBeGreaterThanOrEqual(bytesOf(given.tensor));
  });
}

/** An image of which one element is marked, at an oblique place. */
function markedImage(index: readonly [number, number, number]): PlacedImage {
  const data = new Float32Array(IMAGES * ROWS * COLUMNS);
  data[(index[0] * ROWS + index[1]) * COLUMNS + index[2]] = MARK;
  return {
    tensor: { type: 'float32', dims: [IMAGES, ROWS, COLUMNS], data },
    affine: {
      origin: [-12, 7, 100],
      axes: [
        [0.1, -0.2, 2],
        [0, 0.8, 0.1],
        [0.7, 0, 0],
      ],
    },
    spacing: [2, 0.8, 0.7],
  };
}

function imageContract(step: ImageStep<unknown, unknown>, spec: unknown): void {
  it('leaves what it keeps at its place in the patient', () => {
    const middle = [2, 1, 2] as const;
    const given = markedImage(middle);
    const after = step.apply(spec, given);
    const half = Math.max(...after.spacing) / 2;
    expectNear(
      patientPositionOf(after.affine, indexOfLargest(after.tensor)),
      patientPositionOf(given.affine, middle),
      half,
    );
    expect(after.affine.axes).toHaveLength(after.tensor.dims.length);
    const size = { images: IMAGES, rows: ROWS, columns: COLUMNS };
    expect(step.bytes(spec, size)).toBeGreaterThanOrEqual(bytesOf(after.tensor));
  });

  it('gives the same each time, and leaves its image as it was', () => {
    const given = markedImage([2, 1, 2]);
    const before = structuredClone(given);
    expect(step.apply(spec, given)).toEqual(step.apply(spec, given));
    expect(given).toEqual(before);
  });
}

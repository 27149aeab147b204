import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { findingsSchema, FINDINGS_VERSION, type Condition } from '@prelector/findings';
import type { TensorDescription } from '../graph.js';
import { ctSeries, manifestWith } from '../images.testing.js';
import { inputsOf, type ModelInput } from '../model-inputs.js';
import type { TensorData, TensorValue } from '../onnx-model.js';
import type { OutputReader, Reading } from './output-reader.js';

/** What a reader is tried on. */
export interface ReaderExample {
  /** Entries as a manifest lists them, read of the outputs below. */
  readonly entries: readonly unknown[];
  /** What the graph gives. */
  readonly outputs: Readonly<Record<string, TensorValue>>;
}

const at = ['entries'];
/** What no entry is, and a mistake in the file may leave in its place. */
const junk = [undefined, null, 5, 'text', [], {}, { key: 7 }, [{ key: null }]];
const manifest = manifestWith();
const [input] = inputsOf(manifest) as [ModelInput];
const around = { ...input.asked, conditions: manifest.conditions };
const conditionIds = new Set(manifest.conditions.map(({ id }) => id));

/** A run whose conditions are all met, of an image of 4 x 3 x 4 elements. */
function contextOf(state: Condition['state'] = 'met') {
  const work = input.begin({ images: 4 });
  for (const image of ctSeries(4)) {
    const sopInstanceUid = String(image['00080018']?.Value?.[0]);
    const frame = {
      rows: 3,
      columns: 4,
      samplesPerPixel: 1,
      bitsStored: 16,
      signed: false,
      photometricInterpretation: 'MONOCHROME2',
      pixels: new Uint16Array(12),
    };
    work.add({ sopInstanceUid, attributes: image, frame });
  }
  const conditions = manifest.conditions.map(({ id }): Condition => ({ id, state, statement: id }));
  return {
    name: 'Tried',
    declared: manifest.conditions,
    conditions: new Map(conditions.map((each) => [each.id, each])),
    inputs: new Map([[input.role, work.finish()]]),
  };
}

/** Axes of the image that the run was fed. */
function sizeOfImage(): readonly number[] {
  const [made] = contextOf().inputs.values();
  if (made === undefined) throw new Error('a run is fed an image');
  return made.image.tensor.dims;
}

/** The reading as a document of the ledger. */
const documentOf = ({ outcome, summary, groups, notes }: Reading) => ({
  version: FINDINGS_VERSION,
  outcome,
  summary,
  groups,
  series: [],
  facts: [],
  notes,
});

const filled = (output: TensorValue, value: number): TensorValue => {
  const data = (
    output.data instanceof BigInt64Array ? output.data.slice() : output.data.slice().fill(value)
  ) as TensorData;
  return { ...output, data };
};

const declared = (name: string, { type, dims }: TensorValue): TensorDescription => ({
  name,
  isTensor: true,
  type,
  shape: dims.map((size, axis) => (size === 1 ? 1 : `axis ${axis}`)),
});

/** What every reader keeps, shipped or not. */
export function readerContract(reader: OutputReader<unknown>, { entries, outputs }: ReaderExample): void {
  const sound = entries.map((entry) => reader.entry.parse(entry));
  const read = () => reader.read(sound, outputs, contextOf());

  it('takes its example, and finds nothing wrong with it', () => {
    expect(sound.length).toBeGreaterThan(0);
    expect(reader.nameProblems(sound, at, conditionIds)).toEqual([]);
    expect(reader.problems(sound, at, around)).toEqual([]);
  });

  it('reads of an entry what can be read, and fails on none', () => {
    for (const each of [...junk, ...sound]) {
      const outline = [reader.outline.parse(each)];
      expect(() => reader.nameProblems(outline, at, conditionIds)).not.toThrow();
      expect(() => reader.outputs(outline, at)).not.toThrow();
    }
    const placesOf = (given: readonly unknown[]) =>
      reader.outputs(given, at).map(({ path, output }) => [path, output]);
    expect(placesOf(sound.map((entry) => reader.outline.parse(entry)))).toEqual(placesOf(sound));
  });

  it('refuses what is no entry', () => {
    for (const each of junk) expect(reader.entry.safeParse(each).success).toBe(false);
    for (const entry of entries) {
      expect(reader.entry.safeParse({ ...(entry as object), nobodyKnows: 1 }).success).toBe(false);
    }
  });

  it('names an entry that stands twice, at its place', () => {
    const problems = reader.nameProblems([...sound, ...sound], at, conditionIds);
    expect(problems.length).toBeGreaterThan(0);
    for (const { path } of problems) expect(path.slice(0, 2)).toEqual([...at, sound.length]);
  });

  it('says which outputs it reads, at their places, and as what', () => {
    const places = reader.outputs(sound, at);
    expect(new Set(places.map(({ output }) => output))).toEqual(new Set(Object.keys(outputs)));
    const size = sizeOfImage();
    for (const { path, output, as } of places) {
      const value = outputs[output];
      if (value === undefined) throw new Error(`${output} is not given`);
      expect(path.startsWith(`${at.join('.')}.`)).toBe(true);
      expect(as.problems(declared(output, value), new Set())).toEqual([]);
      expect(as.problems({ ...declared(output, value), type: 'string' }, new Set())).not.toEqual([]);
      expect(as.mismatch(value.dims, size)).toBeUndefined();
      expect(as.mismatch([...value.dims, 7, 7], size)).toEqual(expect.any(String));
    }
  });

  it('gives findings that the ledger takes, the same each time, and leaves its input as it was', () => {
    const before = structuredClone(outputs);
    const reading = read();
    expect(findingsSchema.parse(documentOf(reading))).toEqual(documentOf(reading));
    expect(read()).toEqual(reading);
    expect(outputs).toEqual(before);
  });

  it('fails on an output that is not there, whichever it is', () => {
    for (const name of Object.keys(outputs)) {
      const { [name]: _missing, ...others } = outputs;
      expect(() => reader.read(sound, others, contextOf())).toThrow(
        expect.objectContaining({ code: 'model.output-missing' }),
      );
    }
  });

  it('says nothing of what could not be computed but that', () => {
    const none = Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [name, filled(output, Number.NaN)]),
    );
    const floats = Object.values(outputs).every(({ type }) => type.startsWith('float'));
    if (!floats) return;
    const reading = reader.read(sound, none, contextOf());
    expect(reading.outcome).toBe('failed');
    expect(reading.groups).toEqual([]);
    expect(reading.notes.length).toBeGreaterThan(0);
  });

  it('calls nothing valid whose conditions are not met', () => {
    const { groups } = reader.read(sound, outputs, contextOf('unknown'));
    const judged = groups.flatMap(({ measurements }) =>
      measurements.filter(({ conditions }) => conditions.length > 0),
    );
    expect(judged.filter(({ valid }) => valid !== false)).toEqual([]);
  });

  it('names its artifacts by their digest, and holds no more than it says', () => {
    const { artifacts } = read();
    for (const { digest, content } of artifacts) {
      expect(digest).toBe(createHash('sha256').update(content).digest('hex'));
    }
    const elements = sizeOfImage().reduce((product, size) => product * size, 1);
    const held = artifacts.reduce((sum, { content }) => sum + content.byteLength, 0);
    expect(reader.bytes(sound, elements)).toBeGreaterThanOrEqual(held);
    expect(reader.bytes(sound, elements)).toBeGreaterThan(0);
  });
}

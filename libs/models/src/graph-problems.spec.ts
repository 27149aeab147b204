import { describe, expect, it } from '@jest/globals';
import type { GraphDescription, TensorDescription } from './graph.js';
import { graphProblems } from './graph-problems.js';
import { plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';

const manifest = checkManifest({ ...plainManifest, masks: [{ key: 'air', output: 'mask', label: 'Air' }] });
const tensor = (name: string, type: string, shape: TensorDescription['shape']): TensorDescription => ({
  name,
  isTensor: true,
  type,
  shape,
});
const sound: GraphDescription = {
  inputs: [tensor('volume', 'int16', ['z', -1, 'x']), tensor('spacing', 'float32', [3])],
  outputs: [
    tensor('volume_ml', 'float32', []),
    tensor('mean_hu', 'float64', [1, 1]),
    tensor('first_slice', 'int64', ['n']),
    tensor('last_slice', 'bool', []),
    tensor('mask', 'uint8', ['z', 'y', 'x']),
  ],
};

/** The sound graph with one tensor changed, or taken away. */
function changed(name: string, change?: Partial<TensorDescription>): GraphDescription {
  const change1 = (tensors: readonly TensorDescription[]) =>
    tensors.flatMap((each) => (each.name === name ? (change ? { ...each, ...change } : []) : each));
  return { inputs: change1(sound.inputs), outputs: change1(sound.outputs) };
}

describe('graphProblems', () => {
  it('finds nothing where names, types and ranks fit', () => {
    expect(graphProblems(manifest, sound)).toEqual([]);
    expect(graphProblems(manifest, changed('mask', { shape: [] }))).toEqual([]);
    expect(graphProblems(manifest, changed('spacing', { shape: ['n'] }))).toEqual([]);
  });

  it.each<[string, string, Partial<TensorDescription> | undefined, string, RegExp]>([
    ['no volume', 'volume', undefined, 'input.volume.tensor', /no input `volume`; its inputs are: spacing/u],
    [
      'another type that is fed',
      'volume',
      { type: 'float32' },
      'input.volume.tensor',
      /state `type: float32`/u,
    ],
    [
      'a type that is not fed',
      'volume',
      { type: 'float16' },
      'input.volume.tensor',
      /only int16 and float32/u,
    ],
    [
      'axes of batch and channel',
      'volume',
      { shape: [1, 1, 'z', 'y', 'x'] },
      'input.volume.tensor',
      /takes 5 axes/u,
    ],
    ['slices alone', 'volume', { shape: ['y', 'x'] }, 'input.volume.tensor', /takes 2 axes/u],
    [
      'one size',
      'volume',
      { shape: [96, 96, 96] },
      'input.volume.tensor',
      /one size alone, int16 \[96, 96, 96\]/u,
    ],
    ['one number of rows', 'volume', { shape: ['z', 512, 'x'] }, 'input.volume.tensor', /one size alone/u],
    ['a volume that is no tensor', 'volume', { isTensor: false }, 'input.volume.tensor', /is no tensor/u],
    ['no voxel size', 'spacing', undefined, 'input.volume.spacing', /no input `spacing`/u],
    [
      'a voxel size of two',
      'spacing',
      { shape: [2] },
      'input.volume.spacing',
      /float32 \[2\], and is fed float32 \[3\]/u,
    ],
    [
      'a voxel size of another type',
      'spacing',
      { type: 'float64' },
      'input.volume.spacing',
      /float64 \[3\]/u,
    ],
    ['no number', 'volume_ml', undefined, 'groups.0.measurements.0.output', /no output `volume_ml`/u],
    [
      'a number of half precision',
      'mean_hu',
      { type: 'float16' },
      'groups.0.measurements.1.output',
      /cast it to float32/u,
    ],
    [
      'text for a number',
      'mean_hu',
      { type: 'string' },
      'groups.0.measurements.1.output',
      /string, which is not read/u,
    ],
    ['several numbers', 'volume_ml', { shape: [2] }, 'groups.0.measurements.0.output', /one number is read/u],
    [
      'a label map for a number',
      'volume_ml',
      { shape: ['z', 'y', 'x'] },
      'groups.0.measurements.0.output',
      /one number/u,
    ],
    ['no number of a condition', 'last_slice', undefined, 'conditions.3.output', /no output `last_slice`/u],
    ['no mask', 'mask', undefined, 'masks.0.output', /no output `mask`/u],
    [
      'a mask with axes of batch and channel',
      'mask',
      { shape: [1, 1, 'z', 'y', 'x'] },
      'masks.0.output',
      /size of the volume/u,
    ],
  ])('names %s with its place and what to do', (_what, name, change, path, words) => {
    const problems = graphProblems(manifest, changed(name, change));
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)?.message).toMatch(words);
  });

  it('names an input that nothing fills, and everything at once', () => {
    const graph = {
      inputs: [tensor('age', 'float32', [])],
      outputs: sound.outputs.slice(0, 2),
    };
    const problems = graphProblems(manifest, graph);
    expect(problems.map(({ path }) => path)).toEqual([
      'input.volume.tensor',
      'input.volume.spacing',
      'input.volume',
      'conditions.3.output',
      'conditions.3.output',
      'masks.0.output',
    ]);
    expect(problems[2]?.message).toContain('`age` (float32 []) that nothing fills');
  });
});

import type { ManifestOutline } from './manifest-outline.js';
import { type GraphDescription, type TensorDescription, isReadableType } from './graph.js';
import type { PackageProblem } from './package-problem.js';
import { readOutputs } from './read-outputs.js';

type Axis = number | string;

const free = (axis: Axis) => typeof axis !== 'number' || axis < 0;
const shapeText = ({ type, shape }: TensorDescription) =>
  `${type} [${shape.map((axis) => (free(axis) && typeof axis === 'number' ? '?' : axis)).join(', ')}]`;
const namesOf = (tensors: readonly TensorDescription[]) =>
  tensors.length === 0 ? 'none' : tensors.map(({ name }) => name).join(', ');

/**
 * What of a graph does not fit its manifest: names, types, ranks and fixed dimensions of its inputs and
 * outputs. Empty when every run can feed it and read it; sizes that the graph leaves open show in a run.
 */
export function graphProblems(manifest: ManifestOutline, graph: GraphDescription): PackageProblem[] {
  return [...inputProblems(manifest, graph), ...outputProblems(manifest, graph)];
}

function inputProblems({ input }: ManifestOutline, { inputs }: GraphDescription): PackageProblem[] {
  const { tensor, spacing, type } = input.volume;
  const fed = new Set([tensor, spacing]);
  // Where the manifest names no input that can be read, that is its mistake, not the graph's.
  const others = tensor === undefined ? [] : inputs.filter(({ name }) => !fed.has(name));
  return [
    ...(tensor === undefined
      ? []
      : found('input.volume.tensor', 'input', tensor, inputs, (declared) => volumeProblems(declared, type))),
    ...(spacing === undefined
      ? []
      : found('input.volume.spacing', 'input', spacing, inputs, spacingProblems)),
    ...others.map((declared) => ({
      path: 'input.volume',
      message: `the graph has an input \`${declared.name}\` (${shapeText(declared)}) that nothing fills: a package gives the graph one volume and, where \`spacing\` names an input, its voxel size; export the graph without it, or with a constant`,
    })),
  ];
}

function volumeProblems(declared: TensorDescription, type: string | undefined): string[] {
  const { shape } = declared;
  const problems: string[] = [];
  if (type !== undefined && declared.type !== type) {
    const what = ['int16', 'float32'].includes(declared.type)
      ? `state \`type: ${declared.type}\``
      : 'only int16 and float32 are fed: export the graph with such an input';
    problems.push(`the graph takes ${declared.type}, and \`type\` says ${type}: ${what}`);
  }
  if (shape.length !== 3) {
    problems.push(
      `the graph takes ${shape.length} axes, ${shapeText(declared)}, and is fed three (slices, rows, columns): let the graph add and drop axes of batch and channel itself`,
    );
  } else if (shape.some((axis) => !free(axis))) {
    problems.push(
      `the graph takes one size alone, ${shapeText(declared)}, and a series is fed in its own: export the graph with free axes, and let it resample or pad itself`,
    );
  }
  return problems;
}

function spacingProblems(declared: TensorDescription): string[] {
  const [axis] = declared.shape;
  const fits =
    declared.type === 'float32' &&
    declared.shape.length === 1 &&
    axis !== undefined &&
    (free(axis) || axis === 3);
  return fits
    ? []
    : [`the graph takes ${shapeText(declared)}, and is fed float32 [3]: the voxel size in mm, z, y, x`];
}

function outputProblems(manifest: ManifestOutline, { inputs, outputs }: GraphDescription): PackageProblem[] {
  const volume = inputs.find(({ name }) => name === manifest.input.volume.tensor);
  const ofVolume = new Set(volume?.shape.filter((axis) => typeof axis === 'string' && axis !== ''));
  return readOutputs(manifest).flatMap(({ path, output, as }) =>
    found(path, 'output', output, outputs, (declared) =>
      as === 'mask' ? maskProblems(declared) : numberProblems(declared, ofVolume),
    ),
  );
}

/** An axis that goes by the name of one of the volume's has its size: many numbers, or one by chance. */
function numberProblems(declared: TensorDescription, ofVolume: ReadonlySet<Axis>): string[] {
  const { shape } = declared;
  const fixed = shape.filter((axis): axis is number => !free(axis));
  const several =
    fixed.some((axis) => axis !== 1) ||
    shape.length - fixed.length > 2 ||
    shape.some((axis) => ofVolume.has(axis));
  return [
    ...typeProblems(declared),
    ...(several
      ? [`the graph gives ${shapeText(declared)}, and one number is read: reduce it in the graph`]
      : []),
  ];
}

function maskProblems(declared: TensorDescription): string[] {
  const { shape } = declared;
  // Without a rank in the graph, ONNX Runtime states no axis.
  const fits = shape.length === 0 || (shape.length === 3 && shape.every(free));
  return [
    ...typeProblems(declared),
    ...(fits
      ? []
      : [`the graph gives ${shapeText(declared)}, and a mask has the size of the volume, three free axes`]),
  ];
}

function typeProblems(declared: TensorDescription): string[] {
  return isReadableType(declared.type)
    ? []
    : [`the graph gives ${declared.type}, which is not read: cast it to float32 in the graph`];
}

/** A tensor of the graph by its name and what is wrong with it; also that there is none. */
function found(
  path: string,
  kind: 'input' | 'output',
  name: string,
  tensors: readonly TensorDescription[],
  problems: (declared: TensorDescription) => string[],
): PackageProblem[] {
  const declared = tensors.find((each) => each.name === name);
  const messages =
    declared === undefined
      ? [`the graph has no ${kind} \`${name}\`; its ${kind}s are: ${namesOf(tensors)}`]
      : declared.isTensor
        ? problems(declared)
        : [`the ${kind} \`${name}\` is no tensor: sequences, maps and optional values are not fed or read`];
  return messages.map((message) => ({ path, message }));
}

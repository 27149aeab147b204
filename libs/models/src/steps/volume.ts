import type { TensorDescription } from '../graph.js';
import type { TensorValue } from '../onnx-model.js';
import { tensorText, isFreeAxis } from '../tensor-text.js';
import type { ExpectedSeries, FedInput, SeriesStep } from './input-step.js';
import { judgeVolume } from './judge-volume.js';
import { VolumeBuilder } from './volume-builder.js';
import { geometryOf } from './volume-geometry.js';
import { volumeOutlineSchema, volumeSchema, type VolumeOutline, type VolumeSpec } from './volume-spec.js';

/** Slices, rows and columns: large enough for most networks, small enough to be fed in a moment. */
const trialSize = [16, 64, 48] as const;

/** Modalities of which no image holds Hounsfield units by its own definition (PS3.3 C.8.3, C.8.4, C.8.5, C.8.9). */
const neverHounsfield: readonly string[] = ['MR', 'PT', 'NM', 'US'];

/** One axial series as one volume of slices, rows and columns: the modality LUT applied, feet to head, upright. */
export const volumeStep: SeriesStep<VolumeSpec, VolumeOutline> = {
  takes: 'series',
  spec: volumeSchema,
  outline: volumeOutlineSchema,
  fills: 'one volume and, where `spacing` names an input, its voxel size',
  values: ({ values }) => values,
  reads: () => [],
  judge: judgeVolume,
  promise: geometryOf,
  begin: (volume: VolumeSpec, expected: ExpectedSeries) => new VolumeBuilder(volume, expected),
  bytes: ({ type }, { images, rows, columns }) =>
    images * rows * columns * (type === 'int16' ? Int16Array : Float32Array).BYTES_PER_ELEMENT,

  problems({ tensor, spacing }, at) {
    if (spacing === undefined || spacing !== tensor) return [];
    const message = `\`${spacing}\` takes the volume already: the voxel size needs an input of its own`;
    return [{ path: [...at, 'spacing'], message }];
  },

  warnings({ values, type }, { modality }, at) {
    const isForeign = modality.every((each) => neverHounsfield.includes(each));
    return [
      ...(values === 'HU' && isForeign
        ? [
            {
              path: [...at, 'values'],
              message: `images of ${modality.join(' or ')} hold no Hounsfield units, and every one that does not state Rescale Type HU is refused: state \`values: rescaled\``,
            },
          ]
        : []),
      ...(values === 'rescaled' && type === 'int16'
        ? [
            {
              path: [...at, 'type'],
              message:
                'int16 holds whole numbers, to which rescaled values with fractions are rounded (of an SUV below 0.5 nothing is left): state `type: float32`, unless the model was made of rounded values',
            },
          ]
        : []),
    ];
  },

  feeds({ tensor, spacing, type }, at): FedInput[] {
    const volume: FedInput = {
      path: [...at, 'tensor'],
      tensor,
      isImage: true,
      problems: (declared) => volumeProblems(declared, type),
      trial: () => zeros(type),
      value: (image) => image.tensor,
    };
    const size: FedInput = {
      path: [...at, 'spacing'],
      tensor: spacing,
      isImage: false,
      problems: spacingProblems,
      trial: () => spacingTensor([1, 1, 1]),
      value: (image) => spacingTensor(image.spacing),
    };
    return spacing === undefined ? [volume] : [volume, size];
  },
};

function zeros(type: string | undefined): TensorValue {
  const length = trialSize.reduce((product, each) => product * each, 1);
  return type === 'int16'
    ? { type, dims: trialSize, data: new Int16Array(length) }
    : { type: 'float32', dims: trialSize, data: new Float32Array(length) };
}

const spacingTensor = (spacing: readonly number[]): TensorValue => ({
  type: 'float32',
  dims: [3],
  data: Float32Array.from(spacing),
});

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
      `the graph takes ${shape.length} axes, ${tensorText(declared)}, and is fed three (slices, rows, columns): let the graph add and drop axes of batch and channel itself`,
    );
  } else if (shape.some((axis) => !isFreeAxis(axis))) {
    problems.push(
      `the graph takes one size alone, ${tensorText(declared)}, and a series is fed in its own: export the graph with free axes, and let it resample or pad itself`,
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
    (isFreeAxis(axis) || axis === 3);
  return fits
    ? []
    : [`the graph takes ${tensorText(declared)}, and is fed float32 [3]: the voxel size in mm, z, y, x`];
}

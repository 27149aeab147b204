import { isReadableType, type TensorDescription } from './graph.js';
import { isFreeAxis, tensorText } from './tensor-text.js';

type Axis = number | string;

/** What a place of a manifest reads an output as, compared with what a graph declares and with what it gives. */
export interface OutputShape {
  /**
   * What of a declaration does not fit, each a sentence for the author.
   *
   * @param ofImage names of axes that have the size of the image which is fed
   */
  problems(declared: TensorDescription, ofImage: ReadonlySet<Axis>): string[];
  /** What does not fit of a tensor that came of an image of `size`, as the end of a sentence; undefined where it fits. */
  mismatch(dims: readonly number[], size: readonly number[]): string | undefined;
}

/** An output of the graph that a place of the manifest reads. */
export interface ReadOutput {
  readonly path: string;
  readonly output: string;
  readonly as: OutputShape;
}

/** A place that reads an output, unless the manifest names none there that can be read. */
export function readOutput(
  path: readonly PropertyKey[],
  output: string | undefined,
  as: OutputShape,
): ReadOutput[] {
  return output === undefined ? [] : [{ path: path.join('.'), output, as }];
}

/** One number, whatever its axes. */
export const oneNumber: OutputShape = {
  problems(declared, ofImage) {
    const { shape } = declared;
    const fixed = shape.filter((axis): axis is number => !isFreeAxis(axis));
    // An axis that goes by the name of one of the image's has its size: many numbers, or one by chance.
    const several =
      fixed.some((axis) => axis !== 1) ||
      shape.length - fixed.length > 2 ||
      shape.some((axis) => ofImage.has(axis));
    return [
      ...typeProblems(declared),
      ...(several
        ? [`the graph gives ${tensorText(declared)}, and one number is read: reduce it in the graph`]
        : []),
    ];
  },
  mismatch: (dims) =>
    dims.reduce((product, size) => product * size, 1) === 1
      ? undefined
      : 'one number is read: reduce it in the graph',
};

/** An image of the size of the one that is fed. */
export const imageOfSameSize: OutputShape = {
  problems(declared) {
    const { shape } = declared;
    // Without a rank in the graph, ONNX Runtime states no axis.
    const fits = shape.length === 0 || (shape.length === 3 && shape.every(isFreeAxis));
    return [
      ...typeProblems(declared),
      ...(fits
        ? []
        : [
            `the graph gives ${tensorText(declared)}, and a mask has the size of the volume, three free axes`,
          ]),
    ];
  },
  mismatch: (dims, size) =>
    dims.length === size.length && size.every((length, axis) => length === dims[axis])
      ? undefined
      : 'a mask has the size of the volume',
};

/** Of a declared output whose values would not be read as what they are. */
export function typeProblems(declared: TensorDescription): string[] {
  return isReadableType(declared.type)
    ? []
    : [`the graph gives ${declared.type}, which is not read: cast it to float32 in the graph`];
}

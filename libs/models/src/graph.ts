/** Types of tensors that are fed and read. */
export type TensorType =
  'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'int64' | 'float32' | 'float64' | 'bool';

/** One input or output as a graph declares it. */
export interface TensorDescription {
  readonly name: string;
  /** False for sequences, maps and optional values. */
  readonly isTensor: boolean;
  /** As ONNX names it: `float32`, `float16`, `string`, ... */
  readonly type: string;
  /** Sizes of the axes; a name, or a negative number, where the graph leaves one open. */
  readonly shape: readonly (number | string)[];
}

/** What a graph takes and gives. */
export interface GraphDescription {
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
}

const readable: Readonly<Record<TensorType, true>> = {
  int8: true,
  uint8: true,
  int16: true,
  uint16: true,
  int32: true,
  int64: true,
  float32: true,
  float64: true,
  bool: true,
};

/** Whether the values of a tensor are read as what they are; those of others, as float16, would be bit patterns. */
export function isReadableType(type: string): type is TensorType {
  return type in readable;
}

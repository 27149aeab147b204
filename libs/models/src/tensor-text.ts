import type { TensorDescription } from './graph.js';

/** Whether a graph leaves the size of an axis open: it names it, or states none. */
export const isFreeAxis = (axis: number | string) => typeof axis !== 'number' || axis < 0;

/** A tensor as an author knows it: `float32 [z, 512, ?]`. */
export const tensorText = ({ type, shape }: TensorDescription) =>
  `${type} [${shape.map((axis) => (isFreeAxis(axis) && typeof axis === 'number' ? '?' : axis)).join(', ')}]`;

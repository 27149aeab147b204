import { z } from 'zod';
import { patientPositionOf } from './affine.js';
import type { ImageStep } from './input-step.js';
import type { StepExample } from './step-contract.testing.js';

const specSchema = z.strictObject({ margin: z.int().min(1) });
type Spec = z.infer<typeof specSchema>;

/** Cuts as many slices off both ends and turns the rest around: a change of geometry, as no shipped step makes one yet. */
export const cropStep: ImageStep<Spec, unknown> = {
  takes: 'image',
  spec: specSchema,
  outline: z.unknown(),
  problems: () => [],
  warnings: () => [],
  reads: () => [],
  bytes: (_spec, { images, rows, columns }) => images * rows * columns * Float32Array.BYTES_PER_ELEMENT,
  apply({ margin }, { tensor, affine, spacing }) {
    const [images, rows, columns] = tensor.dims as [number, number, number];
    const size = rows * columns;
    const kept = Array.from({ length: images - 2 * margin }, (_, index) => images - margin - 1 - index);
    const data = Float32Array.from(
      kept.flatMap((image) => [...(tensor.data as Float32Array).subarray(image * size, (image + 1) * size)]),
    );
    const [[x, y, z], ...others] = affine.axes as [readonly [number, number, number]];
    return {
      tensor: { type: 'float32', dims: [kept.length, rows, columns], data },
      affine: {
        origin: patientPositionOf(affine, [images - margin - 1, 0, 0]),
        axes: [[-x, -y, -z], ...others],
      },
      spacing,
    };
  },
};

export const example: StepExample = { spec: { margin: 1 }, graph: [] };

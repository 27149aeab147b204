import { z } from 'zod';
import { tensorNameSchema } from '../manifest-parts.js';
import { unheld } from '../tensor-range.js';

/** How the chosen series becomes one volume. */
export const volumeSchema = z
  .strictObject({
    /** Axes of the tensor, slowest first: slices, rows, columns. */
    layout: z.literal('ZYX'),
    /** Direction of the slice axis. Y then runs to the patient's back, X to the patient's left. */
    order: z.enum(['feet-to-head']),
    /**
     * What a voxel holds: Hounsfield units, and every image that does not say so is refused, or the output of
     * the modality LUT whatever its unit.
     */
    values: z.enum(['HU', 'rescaled']),
    type: z.enum(['int16', 'float32']),
    /** Name of the input that takes the volume. */
    tensor: tensorNameSchema,
    /** Name of the input that takes the voxel size as float32 [3], mm, in the order of the axes (z, y, x). */
    spacing: tensorNameSchema.optional(),
    /** Value written where the scanner padded (Pixel Padding Value); one that `type` holds. */
    outside: z.number().default(-1024),
    /** Most voxels that the model was tried with; a larger series is refused. */
    maximumVoxels: z
      .int()
      .positive()
      .default(512 * 512 * 2048),
  })
  .check(({ value: { type, outside }, issues }) => {
    const problem = unheld(type, outside);
    if (problem === undefined) return;
    issues.push({
      code: 'custom',
      path: ['outside'],
      message: `${problem}: state one that it holds`,
      input: outside,
    });
  });
export type VolumeSpec = z.infer<typeof volumeSchema>;

const text = z.string().optional().catch(undefined);

/** The same as far as it can be read. */
export const volumeOutlineSchema = z.object({ type: text, tensor: text, spacing: text }).catch({});
export type VolumeOutline = z.infer<typeof volumeOutlineSchema>;

import { z } from 'zod';
import {
  conditionSpecSchema,
  factSchema,
  graphPathSchema,
  keySchema,
  selectionSchema,
  tensorNameSchema,
} from './manifest-parts.js';
import { contradictions, outlineProblems } from './manifest-names.js';
import { conceptSchema, printedText, singleValue } from './printed-text.js';
import { readerMembers } from './readers/reader-members.js';
import { stepMembers } from './steps/step-members.js';

/**
 * `model.yaml`, the manifest of a model package: which studies it is for, how its input is made, what its
 * outputs mean, and under which conditions they hold. Unknown members are refused.
 */
export const manifestSchema = z
  .strictObject({
    /** Version of this format. */
    schema: z.literal(1),
    id: keySchema.max(64),
    name: singleValue(64),
    /** Of the package, as a report prints it. */
    version: singleValue(64),
    manufacturer: singleValue(64),
    /** SPDX identifier. */
    license: z.string().min(1).max(64),
    description: z.string().max(2000).optional(),
    /** The sentence every report says about clearance. */
    regulatory: z.strictObject({ status: printedText(256) }),
    /** Algorithm Family (CID 7162). */
    family: conceptSchema,
    /** The ONNX file, by its path within the package. */
    graph: graphPathSchema,
    /** Most memory a run may take, MiB, all of the runner included. */
    memoryMiB: z.int().min(64).max(1_048_576),
    /** Longest a run may take, fetching included. */
    timeoutSeconds: z.int().min(1).max(86_400),
    /** Which series the model reads, and by which steps it becomes a tensor. */
    input: z.strictObject({ selection: selectionSchema, ...stepMembers }),
    conditions: z.array(conditionSpecSchema).default([]),
    facts: z.array(factSchema).default([]),
    ...readerMembers,
    /** Outputs of the graph that are images of the size of the volume; computed only when they are wanted. */
    masks: z
      .array(z.strictObject({ key: keySchema, output: tensorNameSchema, label: printedText(64) }))
      .default([]),
  })
  .check((context) => {
    const issues = [...outlineProblems(context.value), ...contradictions(context.value)];
    context.issues.push(
      ...issues.map(({ path, message }) => ({ code: 'custom' as const, path, message, input: undefined })),
    );
  });
export type Manifest = z.infer<typeof manifestSchema>;

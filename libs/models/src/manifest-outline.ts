import { z } from 'zod';
import { graphPathSchema } from './manifest-parts.js';
import { readerOutlines } from './readers/reader-members.js';
import { stepOutlines } from './steps/step-members.js';

const text = z.string().optional().catch(undefined);
const whole = z.int().min(1).optional().catch(undefined);
const list = <T extends z.ZodType>(entry: T) => z.array(entry).catch([]).default([]);
const part = <T extends z.ZodRawShape>(shape: T) => {
  const schema = z.object(shape);
  // Every member may be absent, so that nothing at all is a sound one.
  return schema.catch(schema.parse({}));
};

const outlineSchema = part({
  id: text,
  graph: graphPathSchema.optional().catch(undefined),
  memoryMiB: whole,
  timeoutSeconds: whole,
  input: part(stepOutlines).prefault({}),
  conditions: list(part({ id: text, output: z.union([z.array(text), text]) })),
  ...readerOutlines,
  masks: list(part({ key: text, output: text })),
});

/**
 * What is compared with the graph, and the names that lead from part to part, as far as it can be read, each entry of a list in its place: so that a mistake
 * in one part of a manifest hides none in another. A sound manifest is one, too.
 */
export type ManifestOutline = z.infer<typeof outlineSchema>;

/** Reads the outline of any value. */
export function outlineOf(value: unknown): ManifestOutline {
  return outlineSchema.parse(value);
}

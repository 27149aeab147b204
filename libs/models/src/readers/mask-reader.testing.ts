import { createHash } from 'node:crypto';
import { z } from 'zod';
import { modelError } from '../errors.js';
import { keySchema, tensorNameSchema } from '../manifest-parts.js';
import { imageOfSameSize, readOutput } from '../output-shape.js';
import { repeatedNames } from '../repeated-names.js';
import type { OutputReader } from './output-reader.js';
import type { ReaderExample } from './reader-contract.testing.js';

const text = z.string().optional().catch(undefined);
const entrySchema = z.strictObject({ key: keySchema, output: tensorNameSchema });
const outlineSchema = z.object({ key: text, output: text }).catch({});
type Entry = z.infer<typeof entrySchema>;

/** A reader that keeps an output of the size of the image as bytes: what no shipped reader does yet. */
export const maskReader: OutputReader<Entry, z.infer<typeof outlineSchema>> = {
  entry: entrySchema,
  outline: outlineSchema,
  nameProblems: (entries, at) =>
    repeatedNames(entries.map(({ key }, index) => ({ name: key, path: [...at, index, 'key'] }))),
  problems: () => [],
  outputs: (entries, at) =>
    entries.flatMap(({ output }, index) => readOutput([...at, index, 'output'], output, imageOfSameSize)),
  bytes: (entries, elements) => entries.length * elements,
  read: (entries, outputs) => ({
    outcome: 'measured',
    summary: `${entries.length} masks were drawn.`,
    groups: [],
    notes: [],
    artifacts: entries.map(({ output }) => {
      const tensor = outputs[output];
      if (tensor === undefined) throw modelError('model.output-missing', output);
      const content = Uint8Array.from(tensor.data as Uint8Array);
      const digest = createHash('sha256').update(content).digest('hex');
      return { digest, mediaType: 'application/octet-stream', content };
    }),
  }),
};

export const example: ReaderExample = {
  entries: [{ key: 'air', output: 'mask' }],
  outputs: {
    mask: { type: 'uint8', dims: [4, 3, 4], data: Uint8Array.from({ length: 48 }, (_, i) => i % 2) },
  },
};

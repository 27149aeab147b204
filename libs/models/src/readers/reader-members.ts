import { z } from 'zod';
import type { ReadOutput } from '../output-shape.js';
import type { PlaceProblem } from '../package-problem.js';
import type { AroundEntries, OutputReader } from './output-reader.js';
import { readers, type ReaderEntry, type ReaderKind } from './registry.js';

/** The entries of every reader, as a manifest lists them. */
export type ReaderEntries = { readonly [Kind in ReaderKind]: readonly ReaderEntry[Kind][] };

/** The same as far as they can be read; undefined where there is something else than a list. */
export type OutlineEntries = { readonly [Kind in ReaderKind]?: readonly unknown[] | undefined };

/** A reader with its entries in a manifest. */
export interface StatedReader {
  readonly reader: OutputReader<unknown>;
  readonly entries: readonly unknown[];
  readonly at: readonly PropertyKey[];
}

const kinds = Object.keys(readers) as ReaderKind[];

/** The readers that a manifest, or its outline, has entries for, in the order of the registry. */
export function statedReaders(manifest: OutlineEntries): StatedReader[] {
  return kinds
    .map((kind) => ({
      reader: readers[kind] as OutputReader<unknown>,
      entries: manifest[kind] ?? [],
      at: [kind],
    }))
    .filter(({ entries }) => entries.length > 0);
}

/** Names that are used twice or lead nowhere, and that nothing is read at all. */
export function entryNameProblems(
  manifest: OutlineEntries,
  conditions: ReadonlySet<string | undefined>,
): PlaceProblem[] {
  const isEmpty = kinds.every((kind) => manifest[kind]?.length === 0);
  const members = kinds.map((kind) => `\`${kind}\``).join(', ');
  const nothing = { path: [], message: `state what the outputs of the graph mean: under ${members}` };
  return [
    ...(isEmpty ? [nothing] : []),
    ...statedReaders(manifest).flatMap(({ reader, entries, at }) =>
      reader.nameProblems(entries, at, conditions),
    ),
  ];
}

/** What contradicts itself, or the rest of the manifest, in entries that are sound each by itself. */
export function entryProblems(manifest: ReaderEntries, around: AroundEntries): PlaceProblem[] {
  return statedReaders(manifest).flatMap(({ reader, entries, at }) => reader.problems(entries, at, around));
}

/** Every output of the graph that an entry reads. */
export function entryOutputs(manifest: OutlineEntries): ReadOutput[] {
  return statedReaders(manifest).flatMap(({ reader, entries, at }) => reader.outputs(entries, at));
}

/** Bytes that outputs, and what is made of them, take for images of so many elements. */
export function entryBytes(manifest: ReaderEntries, elements: number): number {
  return statedReaders(manifest).reduce(
    (sum, { reader, entries }) => sum + reader.bytes(entries, elements),
    0,
  );
}

type Members = { [Kind in ReaderKind]: z.ZodDefault<z.ZodArray<z.ZodType<ReaderEntry[Kind]>>> };
type Outlines = { [Kind in ReaderKind]: z.ZodType<unknown[] | undefined> };

/** The members of a manifest that list entries. */
export const readerMembers = Object.fromEntries(
  kinds.map((kind) => [kind, z.array<z.ZodType>(readers[kind].entry).default([])]),
) as Members;

/** The same as far as they can be read. */
export const readerOutlines = Object.fromEntries(
  kinds.map((kind) => [
    kind,
    z
      .array(readers[kind].outline)
      .optional()
      .default([])
      .catch(undefined as never),
  ]),
) as unknown as Outlines;

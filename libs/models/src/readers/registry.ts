import type { GroupSpec } from './measurement-spec.js';
import { numbersReader } from './numbers.js';
import type { OutputReader } from './output-reader.js';

/** What the entries of each reader say, by the member of the manifest that lists them. */
export interface ReaderEntry {
  readonly groups: GroupSpec;
}
export type ReaderKind = keyof ReaderEntry;

/** Every reader, in the order in which findings and summaries tell what they read. */
export const readers: { readonly [Kind in ReaderKind]: OutputReader<ReaderEntry[Kind]> } = {
  /** Numbers of the graph as measurements, in groups of one site each. */
  groups: numbersReader,
};

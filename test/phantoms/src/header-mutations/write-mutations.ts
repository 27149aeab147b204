import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { headerMutations } from './header-mutations.js';

/** Writes every mutated series into a folder of its own below `out`, for other software to read. */
export async function writeMutations(out: string): Promise<number> {
  const series = headerMutations();
  for (const { name, files } of series) {
    const folder = join(out, name);
    await mkdir(folder, { recursive: true });
    await Promise.all(files.map((bytes, index) => writeFile(join(folder, `IM${index}.dcm`), bytes)));
  }
  return series.length;
}

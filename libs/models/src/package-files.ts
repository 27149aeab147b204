import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { modelError } from './errors.js';

/** Most files, and most bytes of all of them, that a package may hold. */
export const packageLimits = { files: 1000, bytes: 16 * 1024 ** 3 } as const;

/** One file of a package: its path within the folder with `/` between parts, and its size. */
export interface PackageFile {
  readonly path: string;
  readonly bytes: number;
  /** Which file it is and when it was last written to, as the file system tells it; any write changes it. */
  readonly written: string;
}

/**
 * Every file of a package in the order of its path. A link that leads out of the folder, a link to a folder
 * and anything that is not a file or a folder are refused (`model.package-escapes`).
 */
export async function filesOf(folder: string): Promise<PackageFile[]> {
  const root = await realpath(folder).catch((cause: unknown) => {
    const isThere = (cause as NodeJS.ErrnoException).code !== 'ENOENT';
    throw isThere
      ? modelError('model.package-unreadable', folder, { cause })
      : modelError('model.manifest-missing', `${folder} is not there, or a link that leads nowhere`, {
          cause,
        });
  });
  const files: PackageFile[] = [];
  let bytes = 0;
  for (const entry of await entriesOf(root)) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = await fileWithin(root, path);
    files.push(file);
    bytes += file.bytes;
    if (files.length > packageLimits.files || bytes > packageLimits.bytes) {
      throw modelError('model.package-too-large', `more than ${packageLimits.files} files or 16 GiB`);
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function entriesOf(root: string) {
  try {
    return await readdir(root, { recursive: true, withFileTypes: true });
  } catch (cause) {
    const { path } = cause as NodeJS.ErrnoException;
    throw modelError('model.package-unreadable', relative(root, path ?? root) || 'its folder', { cause });
  }
}

async function fileWithin(root: string, path: string): Promise<PackageFile> {
  const name = relative(root, path).split(sep).join('/');
  const target = await realpath(path).catch((cause: unknown) => {
    const isThere = (cause as NodeJS.ErrnoException).code !== 'ENOENT';
    const detail = isThere ? name : `${name} is a link that leads nowhere`;
    throw modelError('model.package-unreadable', detail, { cause });
  });
  const about = await stat(target, { bigint: true });
  if (!target.startsWith(root + sep) || !about.isFile()) throw modelError('model.package-escapes', name);
  const written = [about.dev, about.ino, about.size, about.mtimeNs].join(' ');
  return { path: name, bytes: Number(about.size), written };
}

/** What changes when any file of a package is written to, even when its bytes are put back afterwards. */
export async function lastWrites(folder: string): Promise<string> {
  return JSON.stringify((await filesOf(folder)).map(({ path, written }) => [path, written]));
}

/** The digest of a package folder as it lies there now (see {@link digestOfFiles}). */
export async function digestOfPackage(folder: string): Promise<string> {
  return digestOfFiles(folder, await filesOf(folder));
}

/**
 * SHA-256 over the paths and contents of all files of a package, in the order of their paths: equal folders
 * have equal digests on every machine, and any changed byte or name changes it.
 */
export async function digestOfFiles(folder: string, files: readonly PackageFile[]): Promise<string> {
  const whole = createHash('sha256');
  for (const { path } of files) {
    const content = createHash('sha256');
    await pipeline(createReadStream(join(folder, path)), content).catch((cause: unknown) => {
      throw modelError('model.package-unreadable', path, { cause });
    });
    whole.update(`${JSON.stringify(path)} ${content.digest('hex')}\n`);
  }
  return whole.digest('hex');
}

import { chmod, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { platformError } from './errors.js';

/** Group or others may list it or write in it; that they may pass through it tells them nothing. */
const OPEN = 0o066;
const WRITABLE_BY_ALL = 0o002;

/** By these a folder is known as a data folder, however it came to be open to others. */
const KNOWN = /^(connection\.json|keys\.json|postgres|postgres\.lock|postgres-users|artifacts)$/u;

/**
 * Makes the data folder if need be, and sees to it that it is ours alone (0700): it holds keys and the
 * password of the database. As root it has to be root's: in a folder of somebody else, that user could lead
 * us to write where only root may.
 *
 * @returns its path, without links
 * @throws data.foreign-owner; data.open when it is open to others and we cannot, or should not, close it
 */
export async function ownDataFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const folder = await realpath(path);
  const us = process.getuid?.();
  // Windows has neither owners nor modes of this kind.
  if (us === undefined) return folder;
  const { uid, mode } = await stat(folder);
  if (us === 0 && uid !== 0) throw platformError('data.foreign-owner', `${folder}, of user ${uid}`);
  if ((mode & OPEN) === 0) return folder;
  if (uid !== us || !(await isForUs(folder, mode))) throw platformError('data.open', folder);
  await chmod(folder, 0o700).catch((cause: unknown) => {
    throw platformError('data.open', folder, { cause });
  });
  return folder;
}

/**
 * Empty, or with something of ours in it: to close `/tmp` because it was named by mistake would do harm. Where
 * everybody may write, what is in it proves nothing.
 */
async function isForUs(folder: string, mode: number): Promise<boolean> {
  const names = (await readdir(folder)).filter((name) => name !== 'lost+found');
  return names.length === 0 || ((mode & WRITABLE_BY_ALL) === 0 && names.some((name) => KNOWN.test(name)));
}

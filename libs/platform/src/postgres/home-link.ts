import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { platformError } from '../errors.js';

/** In the home of a database: which data folder it is of. */
export const OWNER_FILE = 'OWNER';

const HOME_NAME = /^database-[0-9a-f]{16}$/u;
const OWNER_BYTES = 16 * 1024;

export const ownerText = (dataFolder: string): string => `database of the data folder ${dataFolder}\n`;

/**
 * For root: where the link `<data>/postgres` points to, if root made the link, the target is a home that we
 * make in the machine's folder, and that home is of this data folder.
 * @throws data.foreign-database for anything else, which is then not touched
 */
export async function assertHomeOf(
  dataFolder: string,
  link: string,
  machineFolders: readonly string[],
): Promise<string> {
  const found = await lstat(link);
  const target = found.isSymbolicLink() && found.uid === 0 ? await readlink(link) : '';
  const named = HOME_NAME.test(basename(target)) && machineFolders.includes(dirname(target));
  if (!named || !(await isFolderOf(target, dataFolder))) throw platformError('data.foreign-database', link);
  return target;
}

async function isFolderOf(home: string, dataFolder: string): Promise<boolean> {
  try {
    const [parent, folder] = await Promise.all([lstat(dirname(home)), lstat(home)]);
    if (!parent.isDirectory() || parent.uid !== 0 || (parent.mode & 0o022) !== 0) return false;
    return folder.isDirectory() && (await ownerIn(home)) === ownerText(dataFolder).trim();
  } catch {
    return false;
  }
}

/** The home belongs to the database's user, so it is read neither through a link nor without end. */
async function ownerIn(home: string): Promise<string> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const file = await open(join(home, OWNER_FILE), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(OWNER_BYTES), 0, OWNER_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

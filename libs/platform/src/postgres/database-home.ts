import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { platformError } from '../errors.js';
import { assertHomeOf, OWNER_FILE, ownerText } from './home-link.js';
import { copyBinaries, installedBinaries, type PostgresBinaries } from './binaries.js';

const MACHINE_FOLDERS = ['/var/lib/prelector', join(tmpdir(), 'prelector-root')];

/** Where the embedded database lives and as whom it runs. */
export interface DatabaseHome {
  readonly folder: string;
  readonly cluster: string;
  readonly binaries: PostgresBinaries;
  /** Set when we are root, as which PostgreSQL refuses to run. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * The home of the database of a data folder: `<data>/postgres`. For root that is a link to a folder that an
 * unprivileged user can reach also when the data folder lies under a home of mode 0700; root follows no other
 * link, and gives nothing else away.
 *
 * @param dataFolder without links in it, and ours ({@link ownDataFolder})
 * @throws postgres.root-not-allowed, postgres.no-user, postgres.no-binaries, data.foreign-database
 */
export async function databaseHome(dataFolder: string, allowRoot: boolean): Promise<DatabaseHome> {
  const asRoot = process.getuid?.() === 0;
  if (asRoot && !allowRoot) throw platformError('postgres.root-not-allowed');
  const installed = await installedBinaries();
  const link = join(dataFolder, 'postgres');
  if (!asRoot) {
    await mkdir(link, { recursive: true, mode: 0o700 });
    return { folder: link, cluster: join(link, 'cluster'), binaries: installed };
  }
  const machine = await machineFolder(dataFolder);
  const binaries = await copyBinaries(installed, machine);
  const folder = (await present(link))
    ? await assertHomeOf(dataFolder, link, MACHINE_FOLDERS)
    : await newHome(link, machine, dataFolder);
  const owner = await ownerOf(folder);
  return { folder, cluster: join(folder, 'cluster'), binaries, owner };
}

/** Whom the folder was given to; else it is given to somebody now. */
async function ownerOf(folder: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await lstat(folder);
  if (uid !== 0) return { uid, gid };
  const owner = await unprivilegedUser();
  await chown(folder, owner.uid, owner.gid);
  return owner;
}

async function newHome(link: string, machine: string, dataFolder: string): Promise<string> {
  const folder = join(machine, `database-${randomBytes(8).toString('hex')}`);
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, OWNER_FILE), ownerText(dataFolder), { mode: 0o600, flag: 'wx' });
  await symlink(folder, link);
  return folder;
}

async function machineFolder(dataFolder: string): Promise<string> {
  for (const folder of MACHINE_FOLDERS) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const found = await lstat(folder);
      if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) continue;
      // Others have to get through it to the database, also where a strict umask or its being the data folder
      // has closed it.
      if ((found.mode & 0o001) === 0) await chmod(folder, folder === dataFolder ? 0o711 : 0o755);
      return folder;
    } catch {
      continue;
    }
  }
  throw platformError('postgres.initdb-failed', `none of ${MACHINE_FOLDERS.join(', ')} can be used`);
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of ['prelector', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
      return { uid, gid };
    } catch {
      continue;
    }
  }
  throw platformError('postgres.no-user');
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [flag, name]);
  return Number.parseInt(stdout, 10);
}

async function present(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

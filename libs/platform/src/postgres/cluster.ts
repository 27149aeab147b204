import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { platformError } from '../errors.js';
import type { DatabaseHome } from './database-home.js';

/** The one role and database of an embedded cluster. */
export const DATABASE_ROLE = 'prelector';

/** What PostgreSQL sees of our environment: its messages in English, its times in UTC. */
export const postgresEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } as const;

/**
 * Makes the cluster unless it stands, and returns the password of its role. A cluster counts only under its
 * final name, so one whose making was cut off is made again.
 * @throws postgres.initdb-failed, postgres.other-version
 */
export async function ensureCluster(home: DatabaseHome): Promise<string> {
  const passwordFile = join(home.folder, 'password');
  if (existsSync(join(home.cluster, 'PG_VERSION'))) {
    await checkMajorVersion(home);
    return (await readFile(passwordFile, 'utf8')).trim();
  }
  const password = randomBytes(24).toString('base64url');
  const unfinished = `${home.cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writePassword(passwordFile, password, home);
  await initdb(home, unfinished, passwordFile);
  await rename(unfinished, home.cluster);
  return password;
}

/** The folder is the database user's, who must not have us write, or give away, what a link points to. */
async function writePassword(path: string, password: string, { owner }: DatabaseHome): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    if (owner) await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
}

async function initdb(home: DatabaseHome, folder: string, passwordFile: string): Promise<void> {
  const options = [
    ['--pgdata', folder],
    ['--username', DATABASE_ROLE],
    ['--pwfile', passwordFile],
    ['--auth', 'scram-sha-256'],
    ['--encoding', 'UTF8'],
    ['--locale-provider', 'builtin'],
    ['--builtin-locale', 'C.UTF-8'],
    ['--locale', 'C'],
  ].map(([name, value]) => `${name}=${value}`);
  try {
    await promisify(execFile)(home.binaries.initdb, [...options, '--no-instructions'], {
      cwd: home.folder,
      env: postgresEnvironment,
      timeout: 120_000,
      ...home.owner,
    });
  } catch (cause) {
    const { stderr } = cause as { stderr?: unknown };
    const said = typeof stderr === 'string' ? stderr.trim().slice(-400) : '';
    throw platformError('postgres.initdb-failed', said || undefined, { cause });
  }
}

async function checkMajorVersion(home: DatabaseHome): Promise<void> {
  const made = (await readFile(join(home.cluster, 'PG_VERSION'), 'utf8')).trim();
  const ours = home.binaries.version.split('.')[0];
  if (made !== ours)
    throw platformError('postgres.other-version', `made by ${made}, this is ${String(ours)}`);
}

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processIdentity } from './process-identity.js';

const folderIn = (dataFolder: string): string => join(dataFolder, 'postgres-users');

/** Writes down that this process uses the database; returns the ticket to leave with. */
export async function joinUsers(dataFolder: string): Promise<string> {
  const ticket = randomUUID();
  await mkdir(folderIn(dataFolder), { recursive: true, mode: 0o700 });
  await writeFile(join(folderIn(dataFolder), ticket), processIdentity(process.pid) ?? '', { mode: 0o600 });
  return ticket;
}

/** Gives the ticket back, forgets the users that have died, and counts those that are left. */
export async function leaveUsers(dataFolder: string, ticket: string): Promise<number> {
  const folder = folderIn(dataFolder);
  await rm(join(folder, ticket), { force: true });
  let left = 0;
  for (const other of await readdir(folder).catch(() => [])) {
    const identity = await readFile(join(folder, other), 'utf8').catch(() => '');
    if (isAlive(identity)) left += 1;
    else await rm(join(folder, other), { force: true });
  }
  return left;
}

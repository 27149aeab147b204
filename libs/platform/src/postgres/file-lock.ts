import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { platformError } from '../errors.js';
import { isAlive, processIdentity } from './process-identity.js';

const POLL_MS = 50;
const FREE = 'free';

/**
 * Does the work while holding a lock that a killed holder gives up by dying. The lock is a folder of numbered
 * files, of which the highest says who holds it, or that it is free; the next holder is who makes the next
 * number, which a hard link grants to one only. Numbers never go back, so a slow contender cannot break into
 * a lock that was taken over meanwhile, as it can where a stale lock file is removed and made again.
 * @throws lock.timeout when a live holder keeps it longer than `timeoutMs`
 */
export async function withFileLock<T>(
  folder: string,
  work: () => Promise<T>,
  timeoutMs = 90_000,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, `ticket-${randomUUID()}`);
  await writeFile(own, processIdentity(process.pid) ?? '', { mode: 0o644, flag: 'wx' });
  let held: number | undefined;
  try {
    held = await acquire(folder, own, Date.now() + timeoutMs);
    await clearAway(folder, held);
    return await work();
  } finally {
    if (held === undefined) await rm(own, { force: true });
    else await release(join(folder, String(held)), own);
  }
}

async function acquire(folder: string, own: string, deadline: number): Promise<number> {
  for (;;) {
    const highest = await highestIn(folder);
    const next = highest + 1;
    if (highest === 0 || (await isOpen(join(folder, String(highest))))) {
      const path = join(folder, String(next));
      if (await linked(own, path)) {
        if ((await highestIn(folder)) === next) return next;
        // The number had been used and cleared away by the time it was made.
        await rm(path, { force: true });
      }
    } else if (Date.now() > deadline) throw platformError('lock.timeout', folder);
    else await sleep(POLL_MS);
  }
}

async function highestIn(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).filter((name) => /^\d+$/u.test(name)).map(Number);
  return Math.max(0, ...numbers);
}

/** True when the holder let go or died; one whose file is gone was followed by another. */
async function isOpen(path: string): Promise<boolean> {
  const holder = await contentOf(path);
  return holder !== undefined && (holder === FREE || !isAlive(holder));
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function release(path: string, own: string): Promise<void> {
  // The ticket is another name of the lock's own file, so it is unlinked before it is written anew.
  await rm(own, { force: true });
  await writeFile(own, FREE, { mode: 0o644, flag: 'wx' });
  await rename(own, path);
}

/** Removes what earlier holders, and contenders that died, have left. */
async function clearAway(folder: string, held: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const past = /^\d+$/u.test(name) ? Number(name) < held : await isOfTheDead(path);
    if (past) await rm(path, { force: true });
  }
}

/** A ticket without content yet is of a contender that is just arriving. */
async function isOfTheDead(ticket: string): Promise<boolean> {
  const contender = await contentOf(ticket);
  return contender !== undefined && contender !== '' && contender !== FREE && !isAlive(contender);
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

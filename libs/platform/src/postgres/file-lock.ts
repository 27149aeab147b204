import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { platformError } from '../errors.js';
import { isAlive, processIdentity } from './process-identity.js';

const POLL_MS = 50;

/**
 * Does the work while holding the lock file, which names its holder; a holder that has died is passed over.
 * @throws lock.timeout when a live holder keeps it longer than `timeoutMs`.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, timeoutMs = 90_000): Promise<T> {
  const ticket = `${processIdentity(process.pid) ?? process.pid} ${randomUUID()}`;
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, ticket, { mode: 0o600, flag: 'wx' });
  try {
    await acquire(path, own, Date.now() + timeoutMs);
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await work();
  } finally {
    if ((await contentOf(path)) === ticket) await rm(path, { force: true });
  }
}

async function acquire(path: string, own: string, deadline: number): Promise<void> {
  while (!(await linked(own, path))) {
    const holder = await contentOf(path);
    if (holder !== undefined && !isAlive(identityOf(holder))) await breakStale(path, holder);
    else if (Date.now() > deadline) throw platformError('lock.timeout', path);
    else await sleep(POLL_MS);
  }
}

/** A hard link is made or refused as one step, content included, also on network file systems. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function breakStale(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  // Someone may have broken the stale lock and taken it between our look and our rename: give it back.
  if ((await contentOf(aside)) !== judged) await linked(aside, path);
  await rm(aside, { force: true });
}

const identityOf = (ticket: string): string => ticket.slice(0, ticket.lastIndexOf(' '));

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

import { execFileSync, spawn } from 'node:child_process';
import { constants, readFileSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { platformError } from '../errors.js';
import { postgresEnvironment } from './cluster.js';
import type { DatabaseHome } from './database-home.js';
import { isAlive, processIdentity } from './process-identity.js';

const POLL_MS = 20;
const START_MS = 60_000;
const LOG_BYTES = 16 * 1024 * 1024;

/** A running PostgreSQL server of ours. */
export interface Postmaster {
  readonly identity: string;
  readonly port: number;
}

/** What `postmaster.pid` says: pid, folder, start time, port, socket, address, shared memory, status. */
interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/**
 * The server that runs on this cluster, or undefined. One that is coming up or going down is waited for; a
 * `postmaster.pid` that names a process which is no server of this cluster is removed, because PostgreSQL
 * would refuse to start on it.
 */
export async function runningPostmaster(home: DatabaseHome): Promise<Postmaster | undefined> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const file = await pidFile(home);
    const identity = file && processIdentity(file.pid);
    if (!file || !identity) return undefined;
    if (!servesCluster(file.pid, home.cluster)) {
      await rm(join(home.cluster, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (file.status === 'ready') return { identity, port: file.port };
    await sleep(POLL_MS);
  }
  throw platformError('postgres.start-failed', 'a server of this folder neither comes up nor goes');
}

/** Why a start failed, as far as it changes what to do next. */
export type StartFailure = 'port-taken' | 'in-use' | 'other';

/** Starts the server in a process group of its own and waits until it takes connections. */
export async function startPostmaster(
  home: DatabaseHome,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<Postmaster | StartFailure> {
  const logFile = join(home.folder, 'postgres.log');
  const log = await openLog(logFile, home);
  const from = (await log.stat()).size;
  const args = Object.entries({ ...settings, port: String(port) }).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
  const child = spawn(home.binaries.postgres, ['-D', home.cluster, ...args], {
    cwd: home.folder,
    env: postgresEnvironment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    ...home.owner,
  });
  // A program that cannot be run has no pid, and would throw from here without a listener.
  child.once('error', () => undefined);
  child.unref();
  const ended = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  await log.close();
  const deadline = Date.now() + START_MS;
  while (!ended() && Date.now() < deadline) {
    const file = await pidFile(home);
    const identity = processIdentity(child.pid ?? 0);
    if (file && file.pid === child.pid && file.status === 'ready' && identity) return { identity, port };
    await sleep(POLL_MS);
  }
  if (!ended()) child.kill('SIGQUIT');
  return failureIn((await readFile(logFile, 'utf8')).slice(from));
}

/** A look so cheap that it can be taken every second; a pid used again within that second is not told apart. */
export function exists({ identity }: Postmaster): boolean {
  try {
    return process.kill(Number.parseInt(identity, 10), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Asks the server to stop (fast: sessions are ended, nothing is lost) and waits until it is gone. */
export async function stopPostmaster({ identity }: Postmaster, timeoutMs = 30_000): Promise<void> {
  // PostgreSQL: SIGINT is a fast shutdown, SIGQUIT an immediate one, recovered at the next start.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isAlive(identity)) return;
    process.kill(Number.parseInt(identity, 10), signal);
    const deadline = Date.now() + timeoutMs;
    while (isAlive(identity) && Date.now() < deadline) await sleep(POLL_MS);
  }
  if (isAlive(identity)) throw platformError('postgres.stop-failed', `pid ${identity.split(':')[0]}`);
}

function failureIn(log: string): StartFailure {
  if (/could not bind|could not create any TCP/u.test(log)) return 'port-taken';
  if (/still in use|already exists/u.test(log)) return 'in-use';
  return 'other';
}

async function openLog(path: string, home: DatabaseHome) {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | (size > LOG_BYTES ? O_TRUNC : 0);
  const log = await open(path, flags, 0o600);
  if (home.owner && (await log.stat()).nlink === 1) await log.chown(home.owner.uid, home.owner.gid);
  return log;
}

async function pidFile(home: DatabaseHome): Promise<PidFile | undefined> {
  try {
    const lines = (await readFile(join(home.cluster, 'postmaster.pid'), 'utf8')).split('\n');
    return {
      pid: Number.parseInt(lines[0] ?? '', 10),
      port: Number.parseInt(lines[3] ?? '', 10),
      status: (lines[7] ?? '').trim(),
    };
  } catch {
    return undefined;
  }
}

function servesCluster(pid: number, cluster: string): boolean {
  try {
    const command =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(cluster);
  } catch {
    return false;
  }
}

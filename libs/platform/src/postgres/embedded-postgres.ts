import { silentLog, type Log } from '@prelector/kernel';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { platformError } from '../errors.js';
import { freePort, isPortFree } from '../free-port.js';
import { ensureCluster } from './cluster.js';
import { connectionUrl, readConnection, writeConnection } from './connection-file.js';
import { databaseHome, type DatabaseHome } from './database-home.js';
import { joinUsers, leaveUsers } from './database-users.js';
import { withFileLock } from './file-lock.js';
import { runningPostmaster, startPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';

const ATTEMPTS = 20;

/** How to start the embedded database of a data folder. */
export interface EmbeddedPostgresOptions {
  readonly dataFolder: string;
  readonly log?: Log;
  /** Chosen free, and kept from one start to the next where it can be, when absent. */
  readonly port?: number;
  readonly allowRoot?: boolean;
  /** PostgreSQL settings over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Loopback only; room for the connections that docs count per process. Failed statements and the details of
 * errors stay out of its log, because they can hold patient data.
 */
const ourSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
} as const;

/**
 * The embedded PostgreSQL of a data folder: the first process that needs it starts it, others join, and the
 * last one that stops using it stops it. A server left behind by a process that died is taken over. Safe to
 * start twice at once, in one process or in several.
 */
export class EmbeddedPostgres {
  private stopping: Promise<void> | undefined;

  private constructor(
    /** `postgres://` URL with the password: never log it. */
    readonly url: string,
    /** True when the server was already running. */
    readonly adopted: boolean,
    readonly port: number,
    private readonly dataFolder: string,
    private readonly home: DatabaseHome,
    private readonly ticket: string,
    private readonly log: Log,
  ) {}

  /** @throws postgres.root-not-allowed, postgres.no-binaries, postgres.start-failed, lock.timeout and others */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    await mkdir(options.dataFolder, { recursive: true, mode: 0o700 });
    const dataFolder = await realpath(options.dataFolder);
    const log = options.log ?? silentLog;
    return withFileLock(join(dataFolder, 'postgres.lock'), async () => {
      const home = await databaseHome(dataFolder, options.allowRoot ?? false);
      const password = await ensureCluster(home);
      const running = await runningPostmaster(home);
      const server = running ?? (await start(home, options, (await readConnection(dataFolder))?.port));
      const url = connectionUrl(server.port, password);
      await writeConnection(dataFolder, { url, port: server.port, home: home.folder });
      const ticket = await joinUsers(dataFolder);
      log.info('embedded database ready', { port: server.port, adopted: running !== undefined });
      return new EmbeddedPostgres(url, running !== undefined, server.port, dataFolder, home, ticket, log);
    });
  }

  /** Leaves the database, and stops it when no other live process uses it. Safe to call twice. */
  stop(): Promise<void> {
    this.stopping ??= withFileLock(join(this.dataFolder, 'postgres.lock'), async () => {
      const others = await leaveUsers(this.dataFolder, this.ticket);
      const running = others === 0 ? await runningPostmaster(this.home) : undefined;
      if (running) await stopPostmaster(running);
      this.log.info('embedded database left', { stopped: running !== undefined, others });
    });
    return this.stopping;
  }

  /** Stops the database and removes it with everything in it. For tests. */
  async destroy(): Promise<void> {
    await this.stop();
    await rm(this.home.folder, { recursive: true, force: true });
    await rm(this.dataFolder, { recursive: true, force: true });
  }
}

async function start(
  home: DatabaseHome,
  options: EmbeddedPostgresOptions,
  lastPort: number | undefined,
): Promise<Postmaster> {
  let port = options.port ?? lastPort;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (port === undefined || (options.port === undefined && !(await isPortFree(port))))
      port = await freePort();
    const started = await startPostmaster(home, port, { ...ourSettings, ...options.settings });
    if (typeof started !== 'string') return started;
    if (started === 'other') break;
    if (started === 'port-taken' && options.port !== undefined)
      throw platformError('postgres.start-failed', `port ${port} is taken`);
    if (started === 'port-taken') port = undefined;
    // Sessions of a server that was killed let go of its shared memory within moments.
    else await sleep(500);
  }
  throw platformError('postgres.start-failed', join(home.folder, 'postgres.log'));
}

/** For commands: joins the database of a running instance, or starts it for the length of the command. */
export function joinOrStart(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start(options);
}

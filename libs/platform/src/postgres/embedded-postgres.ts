import { silentLog, type Log } from '@prelector/kernel';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownDataFolder } from '../data-folder.js';
import { platformError } from '../errors.js';
import { freePort, isPortFree } from '../free-port.js';
import { ensureCluster } from './cluster.js';
import { connectionUrl, readConnection, writeConnection } from './connection-file.js';
import { databaseHome, type DatabaseHome } from './database-home.js';
import { joinUsers, leaveUsers } from './database-users.js';
import { withFileLock } from './file-lock.js';
import { exists, runningPostmaster, startPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';

const ATTEMPTS = 20;
const WATCH_MS = 1_000;

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
 * last one that stops using it stops it. A server left behind by a process that died is taken over, and one
 * that dies is started again at the same address. Safe to start twice at once, in one process or in several.
 */
export class EmbeddedPostgres {
  private stopping: Promise<void> | undefined;
  private watching: NodeJS.Timeout | undefined;

  private constructor(
    /** `postgres://` URL with the password: never log it. */
    readonly url: string,
    /** True when the server was already running. */
    readonly adopted: boolean,
    private postmaster: Postmaster,
    private readonly dataFolder: string,
    private readonly home: DatabaseHome,
    private readonly ticket: string,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly log: Log,
  ) {}

  /** @throws postgres.root-not-allowed, postgres.no-binaries, postgres.start-failed, lock.timeout and others */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const dataFolder = await ownDataFolder(options.dataFolder);
    const log = options.log ?? silentLog;
    const settings = { ...ourSettings, ...options.settings };
    return withFileLock(lockOf(dataFolder), async () => {
      const home = await databaseHome(dataFolder, options.allowRoot ?? false);
      const password = await ensureCluster(home);
      const running = await runningPostmaster(home);
      const lastPort = (await readConnection(dataFolder))?.port;
      const server = running ?? (await start(home, settings, lastPort, options.port));
      const url = connectionUrl(server.port, password);
      await writeConnection(dataFolder, { url, port: server.port, home: home.folder });
      const ticket = await joinUsers(dataFolder);
      const adopted = running !== undefined;
      log.info('embedded database ready', { port: server.port, adopted });
      const database = new EmbeddedPostgres(url, adopted, server, dataFolder, home, ticket, settings, log);
      database.watch();
      return database;
    });
  }

  get port(): number {
    return this.postmaster.port;
  }

  /** Leaves the database, and stops it when no other live process uses it. Safe to call twice. */
  stop(): Promise<void> {
    clearTimeout(this.watching);
    this.stopping ??= withFileLock(lockOf(this.dataFolder), async () => {
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

  private watch(delayMs = WATCH_MS): void {
    if (this.stopping) return;
    this.watching = setTimeout(() => {
      this.revive().then(
        () => this.watch(),
        (error: unknown) => {
          this.log.error('the embedded database died and does not start', { error });
          this.watch(WATCH_MS * 5);
        },
      );
    }, delayMs).unref();
  }

  private async revive(): Promise<void> {
    if (this.stopping || exists(this.postmaster)) return;
    await withFileLock(lockOf(this.dataFolder), async () => {
      if (this.stopping) return;
      const { port } = this.postmaster;
      // At another port it would be of no use to those who know this one.
      this.postmaster =
        (await runningPostmaster(this.home)) ?? (await start(this.home, this.settings, undefined, port));
      this.log.warn('the embedded database died and was started again', { port });
    });
  }
}

const lockOf = (dataFolder: string): string => join(dataFolder, 'postgres.lock');

async function start(
  home: DatabaseHome,
  settings: Readonly<Record<string, string>>,
  lastPort: number | undefined,
  wantedPort: number | undefined,
): Promise<Postmaster> {
  let port = wantedPort ?? lastPort;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (port === undefined || (wantedPort === undefined && !(await isPortFree(port))))
      port = await freePort();
    const started = await startPostmaster(home, port, settings);
    if (typeof started !== 'string') return started;
    if (started === 'other') break;
    if (started === 'port-taken' && wantedPort !== undefined)
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

import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Log } from '@prelector/kernel';
import { silentLog, systemClock } from '@prelector/kernel';
import type { DataSource } from 'typeorm';
import type { LedgerChannel } from './channel-listener.js';
import { ChannelListener, WORKER_LOCK } from './channel-listener.js';
import { DatabaseClock, TOLERABLE_SKEW_MS } from './database-clock.js';
import { isConnectionLost, isWorthAnotherTry } from './database-faults.js';
import { entities } from './entities.js';
import { ledgerError } from './errors.js';
import type { KeyRing } from './identities/identity-vault.js';
import { IdentityVault } from './identities/identity-vault.js';
import { LedgerDataSource } from './ledger-data-source.js';
import { migrations } from './migrations/migrations.js';
import { SnakeNaming } from './snake-naming.js';
import type { Installation } from './sql.js';
import type { Tx } from './unit-of-work.js';
import { UnitOfWork } from './unit-of-work.js';

export interface LedgerOptions {
  /** `postgres://user:password@host:port/database`; not a transaction-mode pooler. */
  readonly url: string;
  readonly keys: KeyRing;
  /** Connections for statements, at most (at least 2); one more listens. Default 8. */
  readonly poolSize?: number;
  readonly log?: Log;
  /** Of the process: only its difference from the database's is told. */
  readonly clock?: Clock;
}

const TRIES = 5;

const MEASURE_MS = 10_000;

/** Any number will do as long as every version of Prelector takes the same. */
const MIGRATION_LOCK = 7_205_759_403;

/** The database: the one source of truth. Every change goes through {@link Ledger.transaction}. */
export class Ledger implements Installation {
  private readonly listener: ChannelListener;
  private readonly log: Log;
  private readonly databaseClock: DatabaseClock;
  private measuring: NodeJS.Timeout | undefined;
  private skewed = false;
  private installation: string | undefined;
  /** The connection pool, for reads outside a transaction, which throw `ledger.unreachable` when the connection is lost. */
  readonly pool: UnitOfWork;

  private constructor(
    readonly dataSource: DataSource,
    readonly vault: IdentityVault,
    options: LedgerOptions,
  ) {
    this.log = options.log ?? silentLog;
    this.listener = new ChannelListener(options.url, this.log);
    this.databaseClock = new DatabaseClock(options.clock ?? systemClock);
    this.pool = new UnitOfWork(dataSource.manager, this);
  }

  /** Connects; throws `ledger.unreachable`. Tables are made by {@link Ledger.migrate}. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const dataSource = new LedgerDataSource({
      type: 'postgres',
      url: options.url,
      // Migrating holds one connection for its lock and works on another.
      poolSize: Math.max(options.poolSize ?? 8, 2),
      applicationName: 'prelector',
      entities,
      migrations,
      migrationsTableName: 'prelector_migration',
      migrationsTransactionMode: 'each',
      namingStrategy: new SnakeNaming(),
      synchronize: false,
      installExtensions: false,
      logging: false,
      connectTimeoutMS: 10_000,
      // A process that stands still within a transaction must not keep its locks for ever.
      extra: { keepAlive: true, idle_in_transaction_session_timeout: 300_000 },
      poolErrorHandler: () => options.log?.warn('an idle database connection was lost'),
    });
    const vault = new IdentityVault(options.keys);
    const ledger = new Ledger(dataSource, vault, options);
    try {
      await dataSource.initialize();
      await ledger.listener.start();
      await ledger.measureClock();
      ledger.measuring = setInterval(() => void ledger.measureQuietly(), MEASURE_MS).unref();
    } catch (cause) {
      await ledger.close();
      throw ledgerError('ledger.unreachable', undefined, { cause });
    }
    return ledger;
  }

  /** The database's time, by which everything in it goes. */
  get clock(): Clock {
    return this.databaseClock;
  }

  /** In words, when the clock of this process differs from the database's by more than can be overlooked. */
  get clockProblem(): string | undefined {
    const { skewMs } = this.databaseClock;
    if (Math.abs(skewMs) <= TOLERABLE_SKEW_MS) return undefined;
    const by = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'}`;
    return `the clock of this machine is ${by} the database's, by which all times here go: set both by NTP`;
  }

  /** How far the clock of this process is ahead of the database's, in seconds. */
  get clockSkewSeconds(): number {
    return this.databaseClock.skewMs / 1000;
  }

  /** Identity of this installation; throws `ledger.not-migrated` before the first {@link Ledger.migrate}. */
  get installationId(): string {
    if (this.installation === undefined) throw ledgerError('ledger.not-migrated');
    return this.installation;
  }

  /** Brings the tables up to this version. Several processes may call it at once: one works, others wait. */
  async migrate(): Promise<void> {
    const lock = this.dataSource.createQueryRunner();
    await lock.connect();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await this.dataSource.runMigrations();
      await lock.query('INSERT INTO installation (id) VALUES ($1) ON CONFLICT DO NOTHING', [randomUUIDv7()]);
      await this.checkMigrated();
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      await lock.release();
    }
  }

  /** For a process without the right to change tables; throws `ledger.not-migrated`. */
  async checkMigrated(): Promise<void> {
    const there = await this.pool.sql.row<{ yes: boolean }>(
      `SELECT to_regclass('installation') IS NOT NULL AS yes`,
    );
    if (!there?.yes || (await this.dataSource.showMigrations())) throw ledgerError('ledger.not-migrated');
    this.installation = (await this.pool.sql.row<{ id: string }>('SELECT id FROM installation'))?.id;
  }

  /**
   * Runs `work` in one transaction, again when PostgreSQL asks for it (serialization failure, deadlock):
   * so it must have no effect outside the database. Throws `ledger.unreachable` when the connection is lost:
   * whether a commit that was under way took place is then not known.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.dataSource.transaction((manager) => work(new UnitOfWork(manager, this)));
      } catch (thrown) {
        if (isConnectionLost(thrown)) throw ledgerError('ledger.unreachable', undefined, { cause: thrown });
        if (attempt >= TRIES || !isWorthAnotherTry(thrown)) throw thrown;
        // Two that crossed would cross again if both came back at once.
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  /**
   * Calls back soon after a step was made due, or the configuration changed, in any process. A hint only:
   * look by the clock as well. Returns how to stop.
   */
  on(channel: LedgerChannel, callback: () => void): () => void {
    return this.listener.on(channel, callback);
  }

  /** Whether the database answers, at next to no cost to it; throws `ledger.unreachable`. */
  async ping(): Promise<void> {
    await this.pool.sql.row('SELECT 1').catch((cause: unknown) => {
      throw ledgerError('ledger.unreachable', undefined, { cause });
    });
  }

  /** Lets other processes see that this one works on steps, until it ends. */
  async markWorker(): Promise<void> {
    await this.listener.markWorker();
  }

  /** Whether some process works on steps now. */
  async hasWorkers(): Promise<boolean> {
    const row = await this.pool.sql.row<{ yes: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND ((classid::bigint << 32) | objid::bigint) = $1) AS yes`,
      [WORKER_LOCK],
    );
    return row?.yes ?? false;
  }

  /** Learns the database's time anew, and says when the process's has gone astray or is right again. */
  async measureClock(): Promise<void> {
    await this.databaseClock.measure(async () => {
      const row = await this.pool.sql.row<{ ms: number }>(
        `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
      );
      return (row as { ms: number }).ms;
    });
    const problem = this.clockProblem;
    if (problem && !this.skewed) this.log.warn(problem, { seconds: Math.round(this.clockSkewSeconds) });
    if (!problem && this.skewed) this.log.info("the clock of this machine agrees with the database's again");
    this.skewed = problem !== undefined;
  }

  /** A database that does not answer now is told of elsewhere; the time is counted on until it does. */
  private async measureQuietly(): Promise<void> {
    await this.measureClock().catch(() => undefined);
  }

  async close(): Promise<void> {
    clearInterval(this.measuring);
    await this.listener.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { Clock, Log } from '@prelector/kernel';
import { systemClock } from '@prelector/kernel';
import type { KeyRing } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import type { Configuration, Environment, Keyring, Shutdown } from '@prelector/platform';
import {
  EmbeddedPostgres,
  FolderArtifactStore,
  joinOrStart,
  openKeyring,
  ownDataFolder,
  resolveSecret,
} from '@prelector/platform';
import { openQueueServer } from '@prelector/queue';
import type { Resources } from './pipeline.module.js';

export interface OpenOptions {
  readonly configuration: Configuration;
  readonly env: Environment;
  readonly log: Log;
  readonly shutdown: Shutdown;
  /** Of the process; whatever is compared with the ledger goes by the ledger's. */
  readonly clock?: Clock;
  /** Joins an instance that runs on the same data folder instead of insisting on starting the database. */
  readonly join?: boolean;
  readonly allowRoot?: boolean;
}

/** Opens the database (starting the embedded one), the server of the queues and the artifacts, and sees to their orderly end. */
export async function openResources(options: OpenOptions): Promise<Resources> {
  const { configuration, env, log, shutdown, clock = systemClock } = options;
  await ownDataFolder(configuration.dataFolder);
  const databaseUrl = await openDatabase(options);
  const keys = await openKeyring(configuration);
  const ledger = await Ledger.open({ url: databaseUrl, keys: ledgerKeys(keys), log, clock });
  shutdown.add('ledger', () => ledger.close(), 'services');
  await ledger.migrate();
  const queue = await openQueueServer({
    url: configuration.queue.url?.reveal() ?? databaseUrl,
    prefix: configuration.queue.prefix,
    log,
  });
  shutdown.add('queue', () => queue.close(), 'queue');
  const artifacts = await FolderArtifactStore.open({ folder: artifactsFolder(configuration), keyring: keys });
  return {
    configuration,
    ledger,
    queue,
    artifacts,
    secrets: (reference) => resolveSecret(reference, env),
    clock: ledger.clock,
    log,
    holder: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
  };
}

async function openDatabase({ configuration, log, shutdown, join, allowRoot }: OpenOptions): Promise<string> {
  if (configuration.database.kind === 'server') return configuration.database.url.reveal();
  const { port } = configuration.database;
  const start = {
    dataFolder: configuration.dataFolder,
    log,
    ...(port === undefined ? {} : { port }),
    ...(allowRoot === undefined ? {} : { allowRoot }),
  };
  const database = join ? await joinOrStart(start) : await EmbeddedPostgres.start(start);
  shutdown.add('database', () => database.stop(), 'database');
  return database.url;
}

function artifactsFolder({ artifacts, dataFolder }: Configuration): string {
  return isAbsolute(artifacts.folder) ? artifacts.folder : resolve(dataFolder, artifacts.folder);
}

function ledgerKeys(keys: Keyring): KeyRing {
  return {
    current: keys.current,
    siteKey: keys.siteKey,
    get: (id) => {
      try {
        return keys.get(id).key;
      } catch {
        return undefined;
      }
    },
  };
}

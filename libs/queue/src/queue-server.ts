import { isNativeError } from 'node:util/types';
import type { Log } from '@prelector/kernel';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  type ConnectionOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { queueError } from './errors.js';
import { CONNECT_MS, queueAddress, type QueueAddress } from './queue-address.js';
import { CONNECTIONS, QueuePool } from './queue-pool.js';

/** The server of the queues, as every queue and worker of a process takes it. */
export interface QueueServer {
  readonly options: { readonly connection: ConnectionOptions; readonly prefix?: string };
  /** After the last queue and worker is closed; safe to call twice. */
  close(): Promise<void>;
}

/** How to reach the queues. */
export interface QueueServerOptions {
  /** `postgres://…` or `redis://…`. */
  readonly url: string;
  /** Sets installations apart that share a server: PostgreSQL schema or Redis key prefix. */
  readonly prefix?: string;
  readonly log: Log;
}

/**
 * Makes what the queues need on their server, and warns of settings that would lose or starve them.
 * @throws queue.url-invalid, queue.prefix-invalid, queue.unavailable, queue.schema
 */
export async function openQueueServer({ url, prefix, log }: QueueServerOptions): Promise<QueueServer> {
  const address = queueAddress(url, prefix);
  if (address.kind === 'redis') {
    await checkRedis(address, log);
    const { connection, prefix } = address;
    return { options: { connection: { ...connection }, prefix }, close: async () => undefined };
  }
  await preparePostgres(address, log);
  const pool = new QueuePool(address);
  let ended: Promise<void> | undefined;
  return {
    options: { connection: pool },
    close: () => (ended ??= pool.end()),
  };
}

async function preparePostgres(
  { url, schema }: Extract<QueueAddress, { kind: 'postgres' }>,
  log: Log,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  // A server that goes away between two queries is reported by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw queueError('queue.unavailable', codeOf(cause), { cause });
  }
  try {
    if ((await schemaVersion(client, schema)) < LATEST_SCHEMA_VERSION) await runMigrations(client, schema);
    await warnOfFewConnections(client, log);
  } catch (cause) {
    throw queueError('queue.schema', codeOf(cause), { cause });
  } finally {
    await client.end();
  }
}

async function schemaVersion(client: pg.Client, schema: string): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, schema);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}

async function warnOfFewConnections(client: pg.Client, log: Log): Promise<void> {
  const { rows } = await client.query<{ room: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS room`,
  );
  const room = rows[0]?.room ?? 0;
  if (room < CONNECTIONS)
    log.warn('the database has fewer free connections than the queues may open', {
      room,
      connections: CONNECTIONS,
    });
}

async function checkRedis({ connection }: Extract<QueueAddress, { kind: 'redis' }>, log: Log): Promise<void> {
  const client = new Redis(connection.url, {
    lazyConnect: true,
    connectTimeout: connection.connectTimeout,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const memory = await client.info('memory');
    const policy = /^maxmemory_policy:(\S+)/mu.exec(memory)?.[1];
    if (policy !== 'noeviction')
      log.warn('Redis may evict queued jobs: set maxmemory-policy to noeviction', { policy });
  } catch (cause) {
    throw queueError('queue.unavailable', codeOf(cause), { cause });
  } finally {
    client.disconnect();
  }
}

/** The code of a driver's error; its message can hold addresses and names. */
function codeOf(cause: unknown): string | undefined {
  if (!isNativeError(cause)) return undefined;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

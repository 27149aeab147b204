import { isNativeError } from 'node:util/types';
import type { Log } from '@prelector/kernel';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { queueError } from './errors.js';
import type { QueueAddress } from './queue-address.js';

/**
 * Makes what the queues need on their server, and warns of settings that would lose or starve them.
 * @param connections how many this process may open, see the README
 * @throws queue.unavailable, queue.schema
 */
export async function prepareBackend(address: QueueAddress, connections: number, log: Log): Promise<void> {
  if (address.kind === 'postgres') await preparePostgres(address, connections, log);
  else await checkRedis(address, log);
}

async function preparePostgres(
  { connection, schema }: Extract<QueueAddress, { kind: 'postgres' }>,
  connections: number,
  log: Log,
): Promise<void> {
  const client = new pg.Client({
    connectionString: connection.connectionString,
    connectionTimeoutMillis: connection.connectionTimeoutMillis,
  });
  // A server that goes away between two queries is reported by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw queueError('queue.unavailable', codeOf(cause), { cause });
  }
  try {
    if ((await schemaVersion(client, schema)) < LATEST_SCHEMA_VERSION) await runMigrations(client, schema);
    await warnOfFewConnections(client, connections, log);
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

async function warnOfFewConnections(client: pg.Client, connections: number, log: Log): Promise<void> {
  const { rows } = await client.query<{ room: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS room`,
  );
  const room = rows[0]?.room ?? 0;
  if (room < connections)
    log.warn('the database has fewer free connections than the queues may open', { room, connections });
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

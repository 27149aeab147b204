import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@prelector/kernel';
import { EmbeddedPostgres } from '@prelector/platform';
import pg from 'pg';

const checkout = sha256(`${import.meta.dirname} ${String(process.getuid?.())}`).slice(0, 12);
const dataFolder = join(tmpdir(), `prelector-test-${checkout}`);

/**
 * A fresh, empty database on the embedded PostgreSQL that all tests of this checkout share; the server stops
 * when the last of them has dropped its database.
 */
export async function testDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = await EmbeddedPostgres.start({
    dataFolder,
    allowRoot: true,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' },
  });
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await asAdmin(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

import { request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleModule } from '@prelector/console';
import { silentLog } from '@prelector/kernel';
import type { Resources } from '@prelector/pipeline';
import { openResources, runAppsWithHttp } from '@prelector/pipeline';
import { Shutdown, loadConfiguration } from '@prelector/platform';
import { testDatabase } from '../postgres.js';

jest.setTimeout(60_000);

const KEY = Buffer.alloc(32, 7).toString('base64');
const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** The console on a database of its own; returns its port. */
async function serve(http: { host?: string; allowedPeers?: string[]; names?: string[] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'prelector-console-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const database = await testDatabase();
  ends.push(() => database.drop());
  const env = { DATABASE_URL: database.url, PRELECTOR_DATA_KEY: KEY, PRELECTOR_SITE_KEY: KEY };
  const defaults = { site: { timeZone: 'UTC' }, dataFolder: folder, http: { port: 0, ...http } };
  const configuration = loadConfiguration({ env, defaults });
  const shutdown = new Shutdown({ log: silentLog });
  ends.push(() => shutdown.run('the test is over'));
  const resources = await openResources({ configuration, env, log: silentLog, shutdown });
  const { url } = await runAppsWithHttp(resources, [ConsoleModule], shutdown);
  return { port: Number(new URL(url).port), resources };
}

interface Answer {
  status: number;
  type: string | undefined;
  body: string;
}

const ask = (port: number, path: string, { to = '127.0.0.1', host }: { to?: string; host?: string } = {}) =>
  new Promise<Answer>((resolve, reject) => {
    request({ host: to, port, path, agent: false, ...(host === undefined ? {} : { headers: { host } }) })
      .on('response', (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'], body }),
        );
      })
      .on('error', reject)
      .end();
  });

/** As when the database is gone: every statement fails. */
async function cutOff({ ledger }: Resources): Promise<void> {
  await ledger.dataSource.destroy();
}

describe('the HTTP of the console', () => {
  it('tells health, counts and metrics', async () => {
    const { port, resources } = await serve();
    expect(await ask(port, '/health/live')).toMatchObject({ status: 200 });
    expect(await ask(port, '/health/ready')).toMatchObject({ status: 200 });
    await resources.ledger.pool.sql.manager.query(
      `INSERT INTO study (id, study_instance_uid, state) VALUES (gen_random_uuid(), '1.2.3', 'held')`,
    );
    const metrics = await ask(port, '/metrics');
    expect(metrics).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/plain; version=/u) });
    expect(metrics.body).toContain('prelector_database_up 1');
    expect(metrics.body).toContain('prelector_dead_letters 0');
    expect(metrics.body).toContain('prelector_outbox_rows{state="due"} 0');
    expect(metrics.body).toContain('prelector_studies{state="held"} 1');
    expect(metrics.body).not.toContain('1.2.3');
    expect(metrics.body).toContain('prelector_process_resident_memory_bytes');
  });

  it('is not ready, and still measures the process, while the database does not answer', async () => {
    const { port, resources } = await serve();
    await cutOff(resources);
    const ready = await ask(port, '/health/ready');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.body)).toMatchObject({ checks: { database: { state: 'failed' } } });
    const metrics = await ask(port, '/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.body).toContain('prelector_database_up 0');
    expect(metrics.body).not.toMatch(/^prelector_dead_letters /mu);
    expect(metrics.body).toContain('prelector_process_resident_memory_bytes');
  });

  it('answers by its own names and those it was given, and by no other', async () => {
    const { port } = await serve({ names: ['reads.hospital'] });
    expect(await ask(port, '/status', { host: `localhost:${port}` })).toMatchObject({ status: 200 });
    expect(await ask(port, '/status', { host: 'reads.hospital' })).toMatchObject({ status: 200 });
    const refused = await ask(port, '/status', { host: `evil.example.org:${port}` });
    expect(refused.status).toBe(421);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'http.host-refused' });
  });

  // A connection to another address of this machine comes from that address, so it is a stranger's to it.
  if (elsewhere) {
    it('turns away, on every address, the peers that nobody named', async () => {
      const { port } = await serve({ host: '::', allowedPeers: ['192.0.2.1'] });
      expect(await ask(port, '/status')).toMatchObject({ status: 200 });
      await expect(ask(port, '/status', { to: elsewhere })).rejects.toThrow(/hang up|ECONNRESET|EPIPE/u);
    });

    it('lets in those in the list', async () => {
      const { port } = await serve({ host: '::', allowedPeers: [`${elsewhere}/32`] });
      expect(await ask(port, '/health/live', { to: elsewhere })).toMatchObject({ status: 200 });
    });
  }
});

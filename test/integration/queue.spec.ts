import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { steps } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import { EmbeddedPostgres, freePort } from '@prelector/platform';
import type { StepJob, StepQueues } from '@prelector/queue';
import pg from 'pg';
import { TestQueues } from './queue.testing.js';

jest.setTimeout(60_000);

const dist = join(import.meta.dirname, '../../libs/queue/dist/index.js');

/** A server that holds queues, which can be taken away and brought back. */
interface Backend {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  end(): Promise<void>;
}

async function postgresBackend(): Promise<Backend> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'prelector-queue-'));
  const port = await freePort();
  const start = () => EmbeddedPostgres.start({ dataFolder, port, allowRoot: true });
  let server = await start();
  return {
    url: server.url,
    kill: () => server.stop(),
    restart: async () => void (server = await start()),
    end: () => server.destroy(),
  };
}

async function redisBackend(): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'prelector-redis-'));
  const port = await freePort();
  const start = async (): Promise<ChildProcess> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const chunk of server.stdout.iterator({ destroyOnReturn: false }))
      if (String(chunk).includes('Ready to accept connections')) break;
    server.stdout.resume();
    return server;
  };
  const stop = async () => {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  };
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: stop,
    restart: async () => void (server = await start()),
    end: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How many sessions of others the database has. */
async function connectionsAt(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

const newJob = (attempt = 0): StepJob => ({ stepId: randomUUID(), rowId: randomUUID(), attempt });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

/** A log that keeps its lines. */
function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, debug: keep, info: keep, warn: keep, error: keep, child: () => memoryLog() };
}

const backends: [string, () => Promise<Backend>][] = [['PostgreSQL', postgresBackend]];
if (spawnSync('redis-server', ['--version']).status === 0) backends.push(['Redis', redisBackend]);
else process.stdout.write('There is no redis-server on this machine: the queues ran on PostgreSQL only.\n');

describe.each(backends)('the queues of the steps on %s', (name, startBackend) => {
  let backend: Backend;
  let test: TestQueues;
  let queues: StepQueues;
  let log: ReturnType<typeof memoryLog>;
  const opened: TestQueues[] = [];

  const open = async (prefix?: string) => {
    const other = await TestQueues.open({ url: backend.url, log, ...(prefix ? { prefix } : {}) });
    opened.push(other);
    return other;
  };

  beforeAll(async () => {
    backend = await startBackend();
  });

  afterAll(() => backend.end());

  beforeEach(async () => {
    log = memoryLog();
    test = await open();
    queues = test.queues;
    await queues.wipe();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('hands each job to a worker of its step, with its ids and nothing else', async () => {
    const got: StepJob[] = [];
    const job = newJob(3);
    await test.work('run', async (each) => void got.push(each));
    await test.add('encode', newJob());
    await test.add('run', job);
    await until(() => got.length > 0);
    expect(got).toEqual([job]);
    expect((await queues.depth()).encode).toEqual({ waiting: 1, active: 0 });
  });

  it('refuses a job that carries more than ids', async () => {
    const bad = { ...newJob(), patientId: '4711' };
    await expect(test.add('run', bad)).rejects.toMatchObject({ code: 'queue.bad-job' });
    await expect(test.add('run', { ...newJob(), attempt: -1 })).rejects.toMatchObject({
      code: 'queue.bad-job',
    });
    expect((await queues.depth()).run).toEqual({ waiting: 0, active: 0 });
  });

  it('keeps one job of the same row and attempt, and takes it again once it is done', async () => {
    const job = newJob();
    await test.add('run', job);
    await test.add('run', job);
    await test.add('run', { ...job, attempt: 1 });
    expect((await queues.depth()).run.waiting).toBe(2);
    let done = 0;
    await test.work('run', async () => void (done += 1));
    await until(async () => done === 2 && (await queues.depth()).run.active === 0);
    await test.add('run', job);
    await until(() => done === 3);
    expect(done).toBe(3);
  });

  it('takes an urgent job before one that was added earlier', async () => {
    const [routine, urgent, plain] = [newJob(), newJob(), newJob()];
    await test.add('run', routine, 10);
    await test.add('run', urgent, 1);
    await test.add('run', plain);
    const got: string[] = [];
    await test.work('run', async ({ rowId }) => void got.push(rowId));
    await until(() => got.length === 3);
    expect(got).toEqual([plain.rowId, urgent.rowId, routine.rowId]);
  });

  it('tries a failing job once, keeps nothing of it, and logs no message of the fault', async () => {
    const job = newJob();
    let tries = 0;
    await test.work('deliver', async () => {
      tries += 1;
      throw new Error('DOE^JANE');
    });
    await test.add('deliver', job);
    await until(async () => tries > 0 && (await queues.depth()).deliver.active === 0);
    await test.add('deliver', { ...job, attempt: 1 });
    await until(async () => tries > 1 && (await queues.depth()).deliver.active === 0);
    expect(tries).toBe(2);
    expect(await queues.depth()).toMatchObject({ deliver: { waiting: 0, active: 0 } });
    expect(log.lines.join('\n')).toContain('a step failed outside the ledger');
    expect(log.lines.join('\n')).not.toContain('DOE');
  });

  it('works on as many jobs at a time as asked, and not more', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const handler = async () => {
      most = Math.max(most, (now += 1));
      await held;
      now -= 1;
      done += 1;
    };
    await test.work('observe', handler, { concurrency: 3 });
    await queues.addMany(
      'observe',
      Array.from({ length: 12 }, () => ({ job: newJob() })),
    );
    await until(() => now === 3);
    await sleep(100);
    release();
    await until(() => done === 12);
    expect(most).toBe(3);
  });

  it('shares the jobs of one step among workers without doubling any', async () => {
    const other = await open();
    const got: string[] = [];
    const handler = async ({ rowId }: StepJob) => void got.push(rowId);
    await test.work('select', handler, { concurrency: 4 });
    await other.work('select', handler, { concurrency: 4 });
    const jobs = Array.from({ length: 100 }, () => newJob());
    await queues.addMany(
      'select',
      jobs.map((job) => ({ job })),
    );
    await until(async () => got.length >= 100 && (await queues.depth()).select.active === 0);
    expect(got.toSorted()).toEqual(jobs.map(({ rowId }) => rowId).toSorted());
  });

  it('can be wiped at any moment, and goes on', async () => {
    await queues.addMany(
      'resolve',
      Array.from({ length: 50 }, () => ({ job: newJob() })),
    );
    await queues.wipe();
    expect((await queues.depth()).resolve).toEqual({ waiting: 0, active: 0 });
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const got: string[] = [];
    await test.work('resolve', async ({ rowId }) => {
      got.push(rowId);
      await held;
    });
    const job = newJob();
    await test.add('resolve', job);
    await until(() => got.length === 1);
    await queues.wipe();
    release();
    const next = newJob();
    await test.add('resolve', next);
    await until(() => got.length === 2);
    expect(got).toEqual([job.rowId, next.rowId]);
  });

  it('keeps installations with different prefixes apart', async () => {
    const other = await open('another_site');
    await other.queues.wipe();
    await test.add('run', newJob());
    expect((await other.queues.depth()).run.waiting).toBe(0);
    await other.queues.wipe();
    expect((await queues.depth()).run.waiting).toBe(1);
  });

  it('waits at close for the jobs that are worked on, and refuses what comes after', async () => {
    let done = false;
    let started = false;
    await test.work('encode', async () => {
      started = true;
      await sleep(300);
      done = true;
    });
    await test.add('encode', newJob());
    await until(() => started);
    await test.close();
    expect(done).toBe(true);
    await expect(test.add('encode', newJob())).rejects.toMatchObject({ code: 'queue.closed' });
  });

  it('gives a job to another worker when its own was killed', async () => {
    const job = newJob();
    const script = `const { NestFactory } = await import('@nestjs/core');
      const { ProcessesStep, QueueModule, StepProcessor, openQueueServer } = await import(${JSON.stringify(dist)});
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      class Victim extends StepProcessor {
        step = 'run';
        log = log;
        concurrency = 1;
        work() { process.stdout.write('got it'); return new Promise(() => {}); }
      }
      ProcessesStep('run', { lockMs: 1000 })(Victim);
      const server = await openQueueServer({ url: ${JSON.stringify(backend.url)}, log });
      const queues = QueueModule.forRoot(server, log);
      class Root {}
      const root = { module: Root, imports: [queues], providers: [Victim] };
      await NestFactory.createApplicationContext(root, { logger: false });`;
    const victim = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await test.add('run', job);
    await once(victim.stdout, 'data');
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    const got: StepJob[] = [];
    await test.work('run', async (each) => void got.push(each), { lockMs: 1_000 });
    await until(() => got.length > 0);
    expect(got).toEqual([job]);
  });

  it('goes on when the server has been away, and says so while it is', async () => {
    const got: string[] = [];
    await test.work('deliver', async ({ rowId }) => void got.push(rowId));
    const [before, after] = [newJob(), newJob()];
    await test.add('deliver', before);
    await until(() => got.length === 1);
    await backend.kill();
    await expect(test.add('deliver', after)).rejects.toMatchObject({
      code: 'queue.unavailable',
      recovery: 'transient',
    });
    await expect(TestQueues.open({ url: backend.url, log })).rejects.toMatchObject({
      code: 'queue.unavailable',
    });
    await backend.restart();
    await test.add('deliver', after);
    await until(() => got.length === 2);
    expect(got).toEqual([before.rowId, after.rowId]);
    expect(log.lines.join('\n')).toContain('the queue server answered with a fault');
  });

  it('says when the address is not one of a queue server', async () => {
    await expect(TestQueues.open({ url: 'mysql://127.0.0.1', log })).rejects.toMatchObject({
      code: 'queue.url-invalid',
    });
    await expect(TestQueues.open({ url: backend.url, log, prefix: 'a"; --' })).rejects.toMatchObject({
      code: 'queue.prefix-invalid',
    });
  });

  it('works on every step in one process, within the connections that it says it needs', async () => {
    const done = new Map<string, number>();
    await test.work(steps, async ({ rowId }) => void done.set(rowId, 1), { concurrency: 4 });
    const jobs = steps.flatMap((step) => Array.from({ length: 20 }, () => ({ step, job: newJob() })));
    await Promise.all(jobs.map(({ step, job }) => test.add(step, job)));
    await until(() => done.size === jobs.length);
    // One pool of nine works, another one feeds.
    if (name === 'PostgreSQL') expect(await connectionsAt(backend.url)).toBeLessThanOrEqual(2 * 9);
  });

  it('carries a thousand jobs (the rate is printed, not judged)', async () => {
    let done = 0;
    const jobs = Array.from({ length: 1_000 }, () => ({ job: newJob() }));
    const start = performance.now();
    await test.work('observe', async () => void (done += 1), { concurrency: 8 });
    await queues.addMany('observe', jobs);
    await until(() => done === 1_000);
    const rate = 1_000 / ((performance.now() - start) / 1_000);
    process.stdout.write(`${name}: ${rate.toFixed(0)} jobs/s\n`);
    expect((await queues.depth()).observe.waiting).toBe(0);
  });
});

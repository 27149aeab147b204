import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@prelector/platform';
import { makePhantom } from '../system/phantom.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { fetching } from './points.testing.js';
import { TestArchive } from './test-archive.testing.js';

describe('a queue that loses everything', () => {
  let archive: TestArchive;
  let installation: TestInstallation;
  let redis: ChildProcess | undefined;
  let redisFolder: string;
  let redisPort: number;

  beforeAll(async () => {
    redisFolder = await mkdtemp(join(tmpdir(), 'prelector-redis-'));
    redisPort = await freePort();
    archive = await TestArchive.simulator();
    installation = await TestInstallation.create(archive);
  }, 60_000);

  afterEach(() => installation.killAll());

  afterAll(async () => {
    await killRedis();
    await installation.remove();
    await archive.stop();
    await rm(redisFolder, { recursive: true, force: true });
  }, 60_000);

  /** Keeps nothing on disk: with each start it is empty. */
  async function startRedis(): Promise<void> {
    const args = ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', redisFolder, '--save', ''];
    redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const chunk of redis.stdout?.iterator({ destroyOnReturn: false }) ?? [])
      if (String(chunk).includes('Ready to accept connections')) break;
    redis.stdout?.resume();
  }

  async function killRedis(): Promise<void> {
    if (!redis || redis.exitCode !== null || redis.signalCode !== null) return;
    const gone = once(redis, 'exit');
    redis.kill('SIGKILL');
    await gone;
  }

  /** Two studies: the run of the first stands in the middle of fetching, that of the second waits in the queue. */
  async function oneAtWorkAndOneWaiting() {
    const first = await makePhantom();
    const second = await makePhantom();
    await archive.push(first);
    const hold = archive.gateway.hold(fetching);
    await installation.announce(first);
    await hold.reached;
    // Not in the archive before: the poll would find both, and might begin with this one.
    await archive.push(second);
    await installation.announce(second);
    const queued = await installation.storyWhen(
      second.studyInstanceUid,
      'the second run waits',
      ({ openSteps }) => openSteps.some(({ step, state }) => step === 'run' && state === 'waiting'),
    );
    expect(queued.runs.map(({ state }) => state)).toEqual(['pending']);
    return { first, second, hold };
  }

  it('Redis, killed and started again without its data: both studies end well', async () => {
    await startRedis();
    await installation.start('all', { QUEUE_URL: `redis://127.0.0.1:${redisPort}` });
    const { first, second, hold } = await oneAtWorkAndOneWaiting();
    await killRedis();
    await startRedis();
    hold.release();
    await expectOneVerifiedSet(installation, first);
    await expectOneVerifiedSet(installation, second);
  }, 240_000);

  it('PostgreSQL, its jobs deleted under a running process: both studies end well', async () => {
    await installation.start();
    const { first, second, hold } = await oneAtWorkAndOneWaiting();
    await installation.wipeQueue();
    hold.release();
    await expectOneVerifiedSet(installation, first);
    await expectOneVerifiedSet(installation, second);
  }, 240_000);

  it('PostgreSQL, the whole schema dropped while everything is down: both studies end well', async () => {
    const before = await installation.start();
    const { first, second, hold } = await oneAtWorkAndOneWaiting();
    await installation.kill(before);
    await installation.wipeQueue('DROP SCHEMA prelector_queue CASCADE');
    hold.release();
    await installation.start();
    await expectOneVerifiedSet(installation, first);
    await expectOneVerifiedSet(installation, second);
  }, 240_000);
});

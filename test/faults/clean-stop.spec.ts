import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedPostgres } from '@prelector/platform';
import { makePhantom } from '../system/phantom.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import { atInference } from './inference.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { afterStore, beforeStore, fetching } from './points.testing.js';
import { processes } from './processes.testing.js';
import { TestArchive } from './test-archive.testing.js';

const entry = fileURLToPath(new URL('../../apps/prelector/dist/main.js', import.meta.url));

describe('Ctrl-C', () => {
  let archive: TestArchive;
  let installation: TestInstallation;

  beforeAll(async () => {
    archive = await TestArchive.simulator();
    installation = await TestInstallation.create(archive);
  }, 60_000);

  afterEach(() => installation.killAll());

  afterAll(async () => {
    await installation.remove();
    await archive.stop();
  }, 60_000);

  it.each<[string, HoldPoint, NodeJS.Signals]>([
    ['in the middle of fetching', fetching, 'SIGINT'],
    ['while a PACS does not answer a store that it did not do', beforeStore, 'SIGTERM'],
    ['while a PACS does not answer a store that it did', afterStore, 'SIGINT'],
  ])(
    '%s ends everything in order, and the next start goes on',
    async (_when, point, signal) => {
      const study = await makePhantom();
      await archive.push(study);
      const before = await installation.start();
      const hold = archive.gateway.hold(point);
      await installation.announce(study);
      await hold.reached;
      expect(await installation.stop(before, signal)).toEqual({ code: 0, left: [] });
      hold.release();

      const after = await installation.start();
      const story = await expectOneVerifiedSet(installation, study);
      expect(story.entries.filter(({ what }) => /failed|lease-lost/u.test(what))).toEqual([]);
      await installation.kill(after);
    },
    240_000,
  );

  it('in the middle of inference ends the runner, too, and the next start goes on', async () => {
    const before = await installation.start();
    const { study } = await atInference(installation, before);
    expect(await installation.stop(before, 'SIGINT')).toEqual({ code: 0, left: [] });
    const after = await installation.start();
    const story = await expectOneVerifiedSet(installation, study);
    expect(story.entries.filter(({ what }) => /failed|lease-lost/u.test(what))).toEqual([]);
    await installation.kill(after);
  }, 240_000);
});

describe('Ctrl-C of the demo', () => {
  it('ends it with 130, and its PACS, its runner and its database with it', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'prelector-demo-')));
    const child = spawn(process.execPath, [entry, 'demo', '--data', folder, '--pacs', 'simulator'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A terminal sends Ctrl-C to the whole group of processes.
      detached: true,
    });
    const lines = createInterface(child.stdout);
    for await (const line of lines) if (line.includes('over MLLP')) break;
    const ended = once(child, 'exit');
    const cluster = join(await realpath(join(folder, 'postgres')), 'cluster');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended).toEqual([130, null]);
    const left = processes().filter(
      ({ command, parent }) =>
        parent === child.pid || [folder, cluster].some((name) => command.includes(name)),
    );
    expect(left).toEqual([]);
    const database = await EmbeddedPostgres.start({ dataFolder: folder, allowRoot: true });
    await database.destroy();
  }, 240_000);
});

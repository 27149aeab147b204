import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import type { AppName, StartedApp } from './installation.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { afterStore, fetching, observing } from './points.testing.js';
import { TestArchive } from './test-archive.testing.js';

const names = ['trigger', 'analysis', 'results'] as const;

/** Processes of their own on one embedded database, against an Orthanc. */
describe('trigger, analysis and results as processes', () => {
  let archive: TestArchive;
  let installation: TestInstallation;
  let apps: Partial<Record<AppName, StartedApp>>;

  beforeAll(async () => {
    archive = await TestArchive.orthanc();
    installation = await TestInstallation.create(archive);
  }, 60_000);

  afterEach(() => installation.killAll());

  afterAll(async () => {
    await installation.remove();
    await archive.stop();
  }, 60_000);

  async function startAll(): Promise<void> {
    apps = {};
    await Promise.all(names.map(async (name) => void (apps[name] = await installation.start(name))));
  }

  const started = (name: AppName): StartedApp => {
    const app = apps[name];
    if (!app) throw new Error(`${name} was not started`);
    return app;
  };

  it.each<[AppName, string, HoldPoint]>([
    ['trigger', 'while it looks whether a study is complete', observing],
    ['analysis', 'in the middle of fetching', fetching],
    ['results', 'after the PACS stored and before it answered', afterStore],
  ])(
    'kill -9 of %s %s, and only that one is started again: one verified set',
    async (name, _when, point) => {
      await startAll();
      const study = await makePhantom();
      await archive.push(study);
      const hold = archive.gateway.hold(point);
      await installation.announce(study);
      await hold.reached;
      await installation.kill(started(name));
      hold.release();
      await installation.start(name);
      await expectOneVerifiedSet(installation, study);
    },
    240_000,
  );

  it('kill -9 of all of them and of the database at once: one verified set after the next start', async () => {
    await startAll();
    const study = await makePhantom();
    await archive.push(study);
    const hold = archive.gateway.hold(fetching);
    await installation.announce(study);
    await hold.reached;
    await installation.killAll();
    await installation.killDatabase();
    hold.release();
    await startAll();
    await expectOneVerifiedSet(installation, study);
  }, 240_000);

  it('end one after the other at SIGTERM; the last one stops the database', async () => {
    await startAll();
    const study = await makePhantom();
    await archive.push(study);
    const hold = archive.gateway.hold(fetching);
    await installation.announce(study);
    await hold.reached;
    for (const name of ['trigger', 'results'] as const) {
      const { code, left } = await installation.stop(started(name), 'SIGTERM');
      expect(code).toBe(0);
      expect(left.join('\n')).toContain('postgres');
    }
    expect(await installation.stop(started('analysis'), 'SIGTERM')).toEqual({ code: 0, left: [] });
    hold.release();
    await startAll();
    await expectOneVerifiedSet(installation, study);
  }, 240_000);
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { afterStore, beforeStore, fetching } from './points.testing.js';
import { TestArchive } from './test-archive.testing.js';

describe('kill -9 of all in one process', () => {
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

  it.each<[string, HoldPoint]>([
    ['in the middle of fetching', fetching],
    ['before the PACS stored', beforeStore],
    ['after the PACS stored and before it answered', afterStore],
  ])(
    '%s: one verified set after the next start, and a story that says so',
    async (_when, point) => {
      const study = await makePhantom();
      await archive.push(study);
      const before = await installation.start();
      const hold = archive.gateway.hold(point);
      await installation.announce(study);
      await hold.reached;
      await installation.kill(before);
      hold.release();

      const after = await installation.start();
      await expectOneVerifiedSet(installation, study);

      const told = await installation.tell('study', study.studyInstanceUid);
      expect(told).toContain('attempt 1 lease-lost: the worker that held it went silent');
      expect(told).toContain('measurement-report of ct-lung-densitometry to pacs: verified');
      expect(await installation.tell('status')).toMatch(/^dead letters *0$/mu);
      await installation.kill(after);
    },
    240_000,
  );
});

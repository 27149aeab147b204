import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import { atInference } from './inference.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { afterStore, beforeStore, fetching } from './points.testing.js';
import { TestArchive } from './test-archive.testing.js';

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
    120_000,
  );

  it('in the middle of inference ends the runner, too, and the next start goes on', async () => {
    const before = await installation.start();
    const { study } = await atInference(installation, before);
    expect(await installation.stop(before, 'SIGINT')).toEqual({ code: 0, left: [] });
    const after = await installation.start();
    const story = await expectOneVerifiedSet(installation, study);
    expect(story.entries.filter(({ what }) => /failed|lease-lost/u.test(what))).toEqual([]);
    await installation.kill(after);
  }, 120_000);
});

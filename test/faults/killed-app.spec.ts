import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import { TestInstallation } from './installation.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { TestArchive } from './test-archive.testing.js';

const fetching: HoldPoint = { method: 'GET', path: /^\/studies\/[\d.]+\/series\/[\d.]+$/u, at: 'body' };
const storing: HoldPoint = { method: 'POST', path: /^\/studies/u, at: 'before' };

describe('kill -9 of all in one process', () => {
  let archive: TestArchive;
  let installation: TestInstallation;

  beforeAll(async () => {
    archive = await TestArchive.simulator();
    installation = await TestInstallation.create(archive);
  }, 60_000);

  afterAll(async () => {
    await installation.remove();
    await archive.stop();
  }, 60_000);

  it.each<[string, HoldPoint]>([
    ['in the middle of fetching', fetching],
    ['before the PACS stored', storing],
    ['after the PACS stored and before it answered', { ...storing, at: 'answer' }],
  ])(
    '%s: one verified set after the next start',
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
      const status = (await installation.command('status')) as { deadLetters: unknown[] };
      expect(status.deadLetters).toEqual([]);
      const told = (await installation.command('study', study.studyInstanceUid)) as {
        entries: { what: string }[];
      };
      expect(told.entries.map(({ what }) => what)).toContain('moved');
      await installation.kill(after);
      expect(installation.running().filter((each) => each.includes('node'))).toEqual([]);
    },
    120_000,
  );
});

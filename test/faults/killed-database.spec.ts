import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import type { HoldPoint } from './holding-gateway.testing.js';
import { atInference } from './inference.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { afterStore, fetching } from './points.testing.js';
import { isRunning } from './processes.testing.js';
import { TestArchive } from './test-archive.testing.js';

describe('kill -9 of the embedded database', () => {
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

  const points: [string, HoldPoint][] = [
    ['in the middle of fetching', fetching],
    ['after the PACS stored and before it answered', afterStore],
  ];

  /** Announces a study and waits until it has come to a point. */
  async function broughtTo(point: HoldPoint) {
    const study = await makePhantom();
    await archive.push(study);
    const hold = archive.gateway.hold(point);
    await installation.announce(study);
    await hold.reached;
    return { study, hold };
  }

  it.each(points)(
    '%s: the process that lives starts it again and goes on',
    async (_when, point) => {
      const app = await installation.start();
      const { study, hold } = await broughtTo(point);
      await installation.killDatabase();
      hold.release();
      await expectOneVerifiedSet(installation, study);
      expect(isRunning(app.pid)).toBe(true);
      await installation.kill(app);
    },
    240_000,
  );

  it('in the middle of inference: the process that lives starts it again and goes on', async () => {
    const app = await installation.start();
    const { study } = await atInference(installation, app);
    await installation.killDatabase();
    await expectOneVerifiedSet(installation, study);
    expect(isRunning(app.pid)).toBe(true);
    await installation.kill(app);
  }, 240_000);

  it.each(points)(
    '%s, and of the process with it: one verified set after the next start',
    async (_when, point) => {
      const before = await installation.start();
      const { study, hold } = await broughtTo(point);
      await installation.kill(before);
      await installation.killDatabase();
      hold.release();
      const after = await installation.start();
      await expectOneVerifiedSet(installation, study);
      await installation.kill(after);
    },
    240_000,
  );
});

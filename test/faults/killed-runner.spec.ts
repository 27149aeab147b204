import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../system/until.testing.js';
import { atInference } from './inference.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { isRunning } from './processes.testing.js';
import { TestArchive } from './test-archive.testing.js';

describe('kill -9 in the middle of inference', () => {
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

  it('of the runner: the same process runs the model again', async () => {
    const app = await installation.start();
    const { study, runner } = await atInference(installation, app);
    process.kill(runner.pid, 'SIGKILL');
    const story = await expectOneVerifiedSet(installation, study);
    expect(story.entries.map(({ why }) => why ?? '').join('\n')).toContain('SIGKILL');
    await installation.kill(app);
  }, 240_000);

  it('of its parent: the runner ends, too, and the next start runs the model again', async () => {
    const app = await installation.start();
    const { study, runner } = await atInference(installation, app);
    await installation.kill(app);
    await until('the orphan has ended', async () => (isRunning(runner.pid) ? undefined : true));
    const after = await installation.start();
    await expectOneVerifiedSet(installation, study);
    await installation.kill(after);
  }, 240_000);
});

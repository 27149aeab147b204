import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makePhantom } from '../system/phantom.testing.js';
import { TestInstallation } from './installation.testing.js';
import { expectOneVerifiedSet } from './one-set.testing.js';
import { fetching } from './points.testing.js';
import { TestArchive } from './test-archive.testing.js';

describe('a disk that takes no artifact', () => {
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

  it('stores nothing and says why, and goes on once there is room', async () => {
    const folder = join(installation.dataFolder, 'artifacts');
    const study = await makePhantom();
    await archive.push(study);
    await installation.start();
    const hold = archive.gateway.hold(fetching);
    await installation.announce(study);
    await hold.reached;
    // A file where the folder was refuses every write, to root as well.
    await rename(folder, `${folder}.away`);
    await writeFile(folder, '');
    hold.release();

    const stuck = await installation.storyWhen(study.studyInstanceUid, 'encoding fails', ({ openSteps }) =>
      openSteps.some(({ step, failures }) => step === 'encode' && failures > 0),
    );
    expect(stuck.openSteps.find(({ step }) => step === 'encode')?.reason).toMatch(/artifact/iu);
    expect(stuck.deliveries).toEqual([]);
    expect(await archive.reports(study.studyInstanceUid)).toEqual([]);

    await rm(folder);
    await rename(`${folder}.away`, folder);
    await expectOneVerifiedSet(installation, study);
  }, 240_000);
});

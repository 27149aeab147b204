import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { until } from '../system/until.testing.js';
import type { StartedApp, TestInstallation } from './installation.testing.js';
import { fetching } from './points.testing.js';
import type { ProcessEntry } from './processes.testing.js';
import { processOf, runnersOf } from './processes.testing.js';

/** CPU time that the runner has used after the last image: 0.3 s, of more than a second that it needs. */
const ticksOfWork = 30;

/** Announces a study and waits until all its images are at the runner, and the runner computes. */
export async function atInference(
  installation: TestInstallation,
  app: StartedApp,
): Promise<{ study: PhantomStudy; runner: ProcessEntry }> {
  const { archive } = installation;
  const study = await makePhantom({ pixels: 192, slices: 100 });
  await archive.push(study);
  const hold = archive.gateway.hold(fetching);
  await installation.announce(study);
  await hold.reached;
  const runner = await until('there is a runner', async () => runnersOf(app.pid)[0]);
  hold.release();
  await hold.answered;
  const before = processOf(runner.pid)?.ticks ?? 0;
  await until('the runner computes', async () =>
    (processOf(runner.pid)?.ticks ?? 0) >= before + ticksOfWork ? true : undefined,
  );
  return { study, runner };
}

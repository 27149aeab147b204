import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { silentLog } from '@prelector/kernel';
import { ProcessesStep, QueueModule, StepProcessor, StepQueues } from '@prelector/queue';
import { perSecond, timed } from './statistics.mjs';

/** Counts the jobs of one step down. */
class Countdown extends StepProcessor {
  step = 'observe';
  log = silentLog;
  concurrency = 8;
  left = 0;

  work() {
    if (--this.left === 0) this.allDone();
    return Promise.resolve();
  }
}
ProcessesStep('observe')(Countdown);

/** Jobs from added to worked on, through the queues of the steps. */
export async function benchQueue({ resources, jobs }) {
  class Bench {}
  const app = await NestFactory.createApplicationContext(
    { module: Bench, imports: [QueueModule.forRoot(resources.queue, silentLog)], providers: [Countdown] },
    { logger: false },
  );
  const [queues, processor] = [app.get(StepQueues), app.get(Countdown)];
  const pass = async (count) => {
    processor.left = count;
    const done = new Promise((resolve) => {
      processor.allDone = resolve;
    });
    for (let start = 0; start < count; start += 100) {
      await queues.addMany(
        'observe',
        Array.from({ length: Math.min(100, count - start) }, () => ({
          job: { stepId: randomUUID(), rowId: randomUUID(), attempt: 1 },
        })),
      );
    }
    await done;
  };
  await pass(100);
  const time = await timed(() => pass(jobs));
  await app.close();
  return {
    what: 'queue jobs added and worked on, one process',
    measured: perSecond((jobs * 1000) / time),
    against: '',
    ratio: undefined,
    budget: 'none: a study takes seven',
    within: undefined,
  };
}

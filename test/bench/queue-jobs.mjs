import { randomUUID } from 'node:crypto';
import { perSecond, timed } from './statistics.mjs';

/** Jobs from added to worked on, through the queues of the steps. */
export async function benchQueue({ resources, jobs }) {
  const { queues } = resources;
  let left = 0;
  let allDone = () => undefined;
  const worker = queues.work(
    'observe',
    async () => {
      if (--left === 0) allDone();
    },
    { concurrency: 8 },
  );
  await worker.ready();
  const pass = async (count) => {
    left = count;
    const done = new Promise((resolve) => {
      allDone = resolve;
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
  await worker.close();
  return {
    what: 'queue jobs added and worked on, one process',
    measured: perSecond((jobs * 1000) / time),
    against: '',
    ratio: undefined,
    budget: 'none: a study takes seven',
    within: undefined,
  };
}

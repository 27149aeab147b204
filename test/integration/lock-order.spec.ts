import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Ledger, Tx } from '@prelector/ledger';
import { asPrelectorError } from '@prelector/kernel';
import { requestAnalysis } from '@prelector/pipeline';
import { beginRun } from '../../apps/analysis/src/run/begin-run.js';
import { until } from '../system/until.testing.js';
import { runFacts, some } from './ledger.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor, today } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ a: 'clinical', b: 'clinical' });
});
afterAll(() => trigger?.stop());

const connections = 10;

/** Deadlocks of this database until now: each connection tells what it has counted before it is asked. */
async function deadlocks(ledger: Ledger): Promise<number> {
  const all = Promise.withResolvers<void>();
  let open = 0;
  const tell = async (tx: Tx) => {
    open += 1;
    if (open === connections) all.resolve();
    await all.promise;
    await tx.sql.manager.query('SELECT pg_stat_force_next_flush()');
  };
  await Promise.all(Array.from({ length: connections }, () => ledger.transaction(tell)));
  const [row] = await ledger.pool.sql.manager.query<{ deadlocks: string }[]>(
    `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(some(row).deadlocks);
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Studies = ReturnType<typeof freshStudy>[];

/** What happens to studies of which orders, images and reports come at once; each by a transaction of its own. */
function happenings(random: () => number, studies: Studies): (() => Promise<unknown>)[] {
  const one = <T>(from: readonly T[]): T => some(from[Math.floor(random() * from.length)]);
  const node = () => one(['a', 'b']);
  const filler = (study: Studies[number]) => ({ fillerOrderNumber: `F-${study.accessionNumber}` });
  const grow = (study: Studies[number]) => {
    const series = { CT: 3 + Math.floor(random() * 5) };
    for (const name of ['a', 'b']) some(trigger.archives[name]).put({ ...study, series });
  };
  return [
    () => trigger.poll(node(), today),
    () => trigger.work(),
    () => {
      grow(one(studies));
      return trigger.poll(node(), today);
    },
    () => trigger.hear(messageFor(one(studies), { priority: one(['R', 'S']) })),
    () => {
      const study = one(studies);
      return trigger.hear(messageFor({ patientId: study.patientId }, { ...filler(study), priority: 'S' }));
    },
    () => trigger.hear(messageFor(one(studies), { form: 'ORU^R01', resultStatus: one(['F', 'P', 'X']) })),
    () => trigger.hear(merge(one(studies).patientId, `${one(studies).patientId}OLD`)),
    () => {
      const { patientId, ...study } = one(studies);
      return trigger.hear(messageFor({ ...study, patientId: one([patientId, `${patientId}OLD`]) }));
    },
    () => {
      const [first, second] = [one(studies), one(studies)];
      const pair = [`PID|1||${first.patientId}`, `PID|2||${second.patientId}OLD`];
      return trigger.hear(adt('A37^ADT_A37', ...pair));
    },
    () =>
      requestAnalysis(trigger.ledger, {
        nodeName: node(),
        studyInstanceUid: one(studies).studyInstanceUid,
        who: 'person:pat',
        push: random() < 0.5,
      }),
  ];
}

it('is one for all: of all that happens to a few studies at once no two transactions wait for each other', async () => {
  const before = await deadlocks(trigger.ledger);
  const faults: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const random = sequence(round + 1);
    const studies = Array.from({ length: 3 }, () => freshStudy());
    for (const study of studies) for (const name of ['a', 'b']) some(trigger.archives[name]).put(study);
    await Promise.all(studies.map((study) => trigger.hear(messageFor(study))));
    const kinds = happenings(random, studies);
    const all = Array.from({ length: 40 }, () => some(kinds[Math.floor(random() * kinds.length)]));
    await Promise.all(
      all.map((happens) => happens().catch((thrown: unknown) => faults.push(asPrelectorError(thrown).code))),
    );
    for (const name of ['a', 'b']) some(trigger.archives[name]).studies.clear();
  }
  expect(await deadlocks(trigger.ledger)).toBe(before);
  // Two workers that take one step: the second is told so.
  expect(faults.filter((code) => code !== 'ledger.lease-lost')).toEqual([]);
}, 240_000);

it('has a run begin while its study becomes urgent', async () => {
  const { ledger } = trigger;
  const study = freshStudy();
  some(trigger.archives['a']).put(study);
  await trigger.poll('a', today);
  const { id: studyId } = await trigger.study(study.studyInstanceUid);
  const node = some((await ledger.pool.configuration.current()).nodes[0]);
  const { run, stepId, attempt } = await ledger.transaction(async (tx) => {
    const made = await tx.runs.create(
      {
        runKey: `key of ${studyId}`,
        studyId,
        completionNo: 1,
        nodeId: node.id,
        nodeVersion: node.version,
        packageId: 'ct-lung-densitometry',
        ...runFacts,
      },
      [],
      'analysis',
    );
    return { ...made, ...(await tx.steps.schedule({ step: 'run', rowId: made.run.id })) };
  });
  const claim = some(await ledger.pool.steps.claim({ stepId, attempt, holder: 'test', leaseSeconds: 600 }));
  const before = await deadlocks(ledger);
  const locked = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const third = ledger.transaction(async (tx) => {
    await tx.sql.manager.query(`SELECT 1 FROM run WHERE id = $1 FOR UPDATE`, [run.id]);
    locked.resolve();
    await open.promise;
  });
  await locked.promise;
  const waiting = (count: number) =>
    until(`${count} of them wait`, async () => {
      const query = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await ledger.pool.sql.manager.query<unknown[]>(query)).length >= count ? true : undefined;
    });
  const urgent = ledger.transaction(async (tx) =>
    tx.studies.raisePriority(await tx.studies.lock(studyId), 1),
  );
  await waiting(1);
  const begins = beginRun(ledger, claim);
  await waiting(2);
  open.resolve();
  await Promise.all([third, urgent]);
  expect(await begins).toMatchObject({ state: 'running', priority: 1 });
  expect(await deadlocks(ledger)).toBe(before);
}, 60_000);

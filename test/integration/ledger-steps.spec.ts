import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim, DueStep, Ledger } from '@prelector/ledger';
import { AttemptRow, DeadLetterRow, OutboxRow, StepRow } from '@prelector/ledger';
import { seed, some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, close } = await testLedger()));
afterAll(() => close());

let runId: string;
beforeEach(async () => {
  await ledger.pool.sql.manager.query('TRUNCATE outbox, attempt, dead_letter, step CASCADE');
  runId = (await seed(ledger)).run.id;
});

const schedule = (dueAt?: Date, restart?: boolean) =>
  ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: runId, dueAt, restart }));

/** What a dispatcher does, with an array for the queue. */
const dispatch = () => ledger.pool.outbox.takeDue(100);

const claim = (job: Pick<DueStep, 'stepId' | 'attempt'>, holder = 'a', leaseSeconds = 60) =>
  ledger.pool.steps.claim({ stepId: job.stepId, attempt: job.attempt, holder, leaseSeconds });

async function scheduledAndClaimed(leaseSeconds = 60): Promise<Claim> {
  await schedule();
  const [job] = await dispatch();
  return some(await claim(some(job), 'a', leaseSeconds));
}

const stepNow = () => ledger.pool.sql.manager.findOneByOrFail(StepRow, { step: 'run', rowId: runId });
const outbox = () => ledger.pool.sql.manager.find(OutboxRow);
const soon = () => new Date(Date.now() + 60_000);
const failure = { code: 'dicomweb.cut-off', message: 'The server ended the answer half way.' };

describe('scheduling', () => {
  it('makes one outbox row in the transaction of the change, and none when that is rolled back', async () => {
    await expect(
      ledger.transaction(async (tx) => {
        await tx.steps.schedule({ step: 'run', rowId: runId });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await outbox()).toEqual([]);
    await schedule();
    expect(await outbox()).toHaveLength(1);
  });

  it('pulls a waiting step nearer, never further, and never doubles it', async () => {
    await schedule(soon());
    expect(await dispatch()).toEqual([]);
    expect((await schedule(new Date(Date.now() + 120_000))).effect).toBe('nearer');
    expect(await dispatch()).toEqual([]);
    await schedule();
    expect(await dispatch()).toHaveLength(1);
    expect(await ledger.pool.sql.manager.count(StepRow)).toBe(1);
  });

  it('makes one step of many transactions that ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => schedule()));
    expect(new Set(asked.map((one) => one.stepId)).size).toBe(1);
    expect(await dispatch()).toHaveLength(1);
  });

  it('runs a leased step again when its lease ends', async () => {
    const first = await scheduledAndClaimed();
    expect((await schedule()).effect).toBe('again');
    expect(await dispatch()).toEqual([]);
    await ledger.transaction((tx) => tx.steps.complete(first));
    const [second] = await dispatch();
    expect(second).toMatchObject({ stepId: first.stepId, attempt: first.attempt + 1 });
  });

  it('leaves a done step alone unless it is to be restarted', async () => {
    const first = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.complete(first));
    expect((await schedule()).effect).toBe('unchanged');
    expect(await dispatch()).toEqual([]);
    expect((await schedule(undefined, true)).effect).toBe('scheduled');
    expect(await dispatch()).toHaveLength(1);
  });
});

describe('claiming', () => {
  it('gives the lease to one of many claimants', async () => {
    await schedule();
    const [job] = await dispatch();
    const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => claim(some(job), `worker-${n}`)));
    expect(claims.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await outbox()).toEqual([]);
    expect(await ledger.pool.sql.manager.count(AttemptRow)).toBe(1);
  });

  it('gives nothing to a job of an older attempt', async () => {
    const first = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.retry(first, failure, new Date()));
    expect(await claim(first)).toBeUndefined();
  });

  it('renews a lease that is held and refuses one that was lost', async () => {
    const first = await scheduledAndClaimed();
    expect(await ledger.pool.steps.renewLease(first, 60)).toBe(true);
    await ledger.transaction((tx) => tx.steps.complete(first));
    expect(await ledger.pool.steps.renewLease(first, 60)).toBe(false);
  });
});

describe('ending', () => {
  it('defers without counting a failure, and fails with counting', async () => {
    const first = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.defer(first, new Date(), 'no image is there yet'));
    const second = some(await claim(some((await dispatch())[0])));
    expect(second.failures).toBe(0);
    await ledger.transaction((tx) => tx.steps.retry(second, failure, new Date()));
    const third = some(await claim(some((await dispatch())[0])));
    expect(third.failures).toBe(1);
    await ledger.transaction((tx) => tx.steps.complete(third));
    expect(await stepNow()).toMatchObject({ state: 'done', failures: 0, attempt: 3 });
    const attempts = await ledger.pool.sql.manager.find(AttemptRow, { order: { number: 'ASC' } });
    expect(attempts.map((one) => [one.result, one.code])).toEqual([
      ['deferred', null],
      ['failed', 'dicomweb.cut-off'],
      ['done', null],
    ]);
  });

  it('forgets failures when a look went well, and keeps them when the attempt was only put off', async () => {
    const failed = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.retry(failed, failure, new Date()));
    const stopped = some(await claim(some((await dispatch())[0])));
    await ledger.transaction((tx) => tx.steps.defer(stopped, new Date(), 'stopped', { keepFailures: true }));
    const looked = some(await claim(some((await dispatch())[0])));
    expect(looked.failures).toBe(1);
    await ledger.transaction((tx) => tx.steps.defer(looked, new Date(), 'no image is there yet'));
    expect((await stepNow()).failures).toBe(0);
  });

  it('lets the last true cause stand where an attempt was only stopped', async () => {
    const stop = { keepFailures: true, keepReason: true };
    const stopped = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.defer(stopped, new Date(), 'stopped', stop));
    expect(await stepNow()).toMatchObject({ reason: 'stopped' });
    const failed = some(await claim(some((await dispatch())[0])));
    await ledger.transaction((tx) => tx.steps.retry(failed, failure, new Date()));
    const again = some(await claim(some((await dispatch())[0])));
    await ledger.transaction((tx) => tx.steps.defer(again, new Date(), 'stopped', stop));
    expect(await stepNow()).toMatchObject({ reason: failure.message });
  });

  it('keeps a back-off although the step was asked for again', async () => {
    const first = await scheduledAndClaimed();
    await schedule();
    await ledger.transaction((tx) => tx.steps.retry(first, failure, soon()));
    expect(await dispatch()).toEqual([]);
  });

  it('refuses to write under a lost fence and rolls the whole transaction back', async () => {
    const first = await scheduledAndClaimed(-1);
    await ledger.transaction((tx) => tx.outbox.requeueStale({ dispatchedBefore: new Date(0) }));
    const second = some(await claim(some((await dispatch())[0]), 'b'));
    await expect(
      ledger.transaction(async (tx) => {
        await tx.moves.run(runId, 'running', { who: 'analysis' });
        await tx.steps.complete(first);
      }),
    ).rejects.toMatchObject({ code: 'ledger.lease-lost' });
    expect((await ledger.pool.runs.byId(runId))?.state).toBe('pending');
    await ledger.transaction((tx) => tx.steps.complete(second));
    expect((await stepNow()).state).toBe('done');
  });

  it('buries with a dead letter that a person can revive', async () => {
    const first = await scheduledAndClaimed();
    await ledger.transaction((tx) => tx.steps.bury(first, failure));
    expect(await dispatch()).toEqual([]);
    expect((await schedule()).effect).toBe('unchanged');
    const [letter] = await ledger.pool.deadLetters.open();
    expect(letter).toMatchObject({ step: 'run', rowId: runId, code: failure.code, reason: failure.message });
    await ledger.transaction((tx) =>
      tx.deadLetters.revive(some(letter).id, 'person:it', 'the server is mended'),
    );
    expect(await ledger.pool.deadLetters.open()).toEqual([]);
    expect(await claim(some((await dispatch())[0]))).toMatchObject({ failures: 0 });
    await expect(
      ledger.transaction((tx) => tx.deadLetters.revive(some(letter).id, 'person:it', 'twice')),
    ).rejects.toMatchObject({ code: 'ledger.not-found' });
  });

  it('tries a buried step once more when it was asked for again meanwhile', async () => {
    const first = await scheduledAndClaimed();
    await schedule();
    await ledger.transaction((tx) => tx.steps.bury(first, failure));
    expect(await dispatch()).toHaveLength(1);
    expect(await ledger.pool.deadLetters.open()).toEqual([]);
    expect(await ledger.pool.sql.manager.count(DeadLetterRow)).toBe(1);
  });
});

describe('dispatching', () => {
  it('takes again what a dispatcher took before it crashed, once that is stale', async () => {
    await schedule();
    expect(await dispatch()).toHaveLength(1);
    expect(await dispatch()).toEqual([]);
    await ledger.transaction((tx) =>
      tx.outbox.requeueStale({ dispatchedBefore: new Date(Date.now() + 1000) }),
    );
    expect(await dispatch()).toHaveLength(1);
  });

  it('takes again at once what the queue did not take', async () => {
    await schedule();
    const due = await dispatch();
    await ledger.pool.outbox.putBack(due.map(({ outboxId }) => outboxId));
    expect(await dispatch()).toEqual(due);
  });

  it('shares due rows between dispatchers, none twice', async () => {
    for (let n = 0; n < 30; n += 1) {
      const { run } = await seed(ledger);
      await ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: run.id }));
    }
    const shares = await Promise.all(
      Array.from({ length: 3 }, () =>
        ledger.transaction(async (tx) => {
          const due = await tx.outbox.takeDue(10);
          await tx.sql.manager.query('SELECT pg_sleep(0.1)');
          return due;
        }),
      ),
    );
    const taken = shares.flat().map((one) => one.outboxId);
    expect(taken).toHaveLength(30);
    expect(new Set(taken).size).toBe(30);
  });

  it('hands out the most urgent first', async () => {
    await schedule();
    const { run } = await seed(ledger);
    await ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: run.id, priority: 1 }));
    expect((await dispatch()).map((one) => one.rowId)).toEqual([run.id, runId]);
  });

  it('hands out what is new before what was tried before, at the same priority', async () => {
    const tried = await scheduledAndClaimed();
    await ledger.transaction((tx) =>
      tx.steps.defer(tried, new Date(Date.now() - 60_000), 'it is not there yet'),
    );
    const { run } = await seed(ledger);
    await ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: run.id }));
    expect((await dispatch()).map(({ rowId, isRepeat }) => [rowId, isRepeat])).toEqual([
      [run.id, false],
      [runId, true],
    ]);
  });

  it('tells listeners in other processes when something becomes due', async () => {
    const told = new Promise<void>((resolve) => {
      const stop = ledger.on('outbox', () => {
        stop();
        resolve();
      });
    });
    await schedule();
    await told;
  });
});

describe('what stands still', () => {
  it('takes back a lease that ran out, as an attempt that failed', async () => {
    const first = await scheduledAndClaimed(-1);
    const found = await ledger.transaction((tx) => tx.outbox.requeueStale({ dispatchedBefore: new Date(0) }));
    expect(found).toEqual({ leasesLost: 1, redispatched: 0 });
    expect(await ledger.pool.steps.renewLease(first, 60)).toBe(false);
    expect(await ledger.pool.sql.manager.findOneByOrFail(AttemptRow, { number: 1 })).toMatchObject({
      result: 'lease-lost',
    });
    expect(await claim(some((await dispatch())[0]), 'b')).toMatchObject({ attempt: 2, failures: 1 });
  });

  it('leaves a lease alone that still holds', async () => {
    await scheduledAndClaimed();
    const found = await ledger.transaction((tx) => tx.outbox.requeueStale({ dispatchedBefore: new Date() }));
    expect(found).toEqual({ leasesLost: 0, redispatched: 0 });
  });

  it('puts what a wiped queue lost into the queue again, under the same job', async () => {
    await schedule();
    const [lost] = await dispatch();
    expect(await dispatch()).toEqual([]);
    await ledger.transaction((tx) => tx.outbox.requeueStale({ dispatchedBefore: soon() }));
    const [again] = await dispatch();
    expect(again).toEqual(lost);
    expect(await claim(some(again))).toBeDefined();
    expect(await claim(some(lost))).toBeUndefined();
  });
});

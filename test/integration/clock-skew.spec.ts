import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';
import { some } from './ledger.testing.js';

const hour = 3600;

describe.each([
  ['ahead of', hour],
  ['behind', -hour],
])('a process whose clock is an hour %s the database', (direction, seconds) => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    const clock = { now: () => new Date(Date.now() + seconds * 1000) };
    installation = await TestInstallation.start(undefined, clock);
  }, 60_000);

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  /** Every time in the ledger that lies further from the database's own than the test can have lasted. */
  async function strayTimes(): Promise<string[]> {
    const columns = await installation.rows<{ table: string; column: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE data_type = 'timestamp with time zone' AND table_schema = current_schema()`,
    );
    const stray: string[] = [];
    for (const { table, column } of columns) {
      const [row] = await installation.rows<{ seconds: number | null }>(
        `SELECT max(abs(extract(epoch FROM "${column}" - now())))::int AS seconds FROM "${table}"`,
      );
      if ((row?.seconds ?? 0) > 600) stray.push(`${table}.${column}`);
    }
    return stray;
  }

  it('waits for images, settles, tries again, polls and delivers as any other', async () => {
    await installation.configure({
      pacs,
      poll: true,
      feed: { resolve: { everySeconds: 1, giveUpAfterHours: 0.1 } },
    });
    const study = await makePhantom();
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    await until('the order waits for its images', async () => {
      const rows = await installation.rows(
        `SELECT 1 FROM step WHERE step = 'resolve' AND state = 'waiting' AND attempt > 2`,
      );
      return rows.length > 0 ? true : undefined;
    });
    let cut = 0;
    pacs.gate.disturb(({ path }) =>
      /series\/[0-9.]+$/u.test(path) && (cut += 1) === 1 ? { cutAfter: 100_000 } : undefined,
    );
    await pacs.push(study, 0, 5);
    await installation.storyWhen(
      study.studyInstanceUid,
      'the study is watched',
      ({ study: { state } }) => state === 'watching' || state === 'complete',
    );
    await pacs.push(study, 5);
    // On a slow machine a run of the first five slices comes to its end before the others are seen.
    await installation.storyWhen(
      study.studyInstanceUid,
      'the whole study is measured',
      ({ runs }) => runs[0]?.outcome === 'measured',
    );
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.runs[0]).toMatchObject({ state: 'done', outcome: 'measured' });
    expect(story.deliveries.map(({ state }) => state)).toContain('verified');
    expect(cut).toBeGreaterThan(1);

    const polled = await makePhantom();
    await pacs.push(polled);
    const found = await installation.settled(polled.studyInstanceUid);
    expect(found.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(await strayTimes()).toEqual([]);
  }, 180_000);

  it('gives a lease as long as any other, and loses it as late', async () => {
    const { ledger } = installation.resources;
    const { stepId, attempt } = await ledger.transaction((tx) =>
      tx.steps.schedule({
        step: 'encode',
        rowId: '01890000-0000-7000-8000-000000000001',
        dueAt: new Date(Date.now() + 300_000),
      }),
    );
    const claim = some(await ledger.pool.steps.claim({ stepId, attempt, holder: 'test', leaseSeconds: 60 }));
    const dispatchedBefore = ledger.clock.now();
    await ledger.transaction((tx) => tx.outbox.requeueStale({ dispatchedBefore }));
    expect(await ledger.pool.steps.renewLease(claim, 60)).toBe(true);
    const [lease] = await installation.rows<{ seconds: number }>(
      'SELECT extract(epoch FROM leased_until - now())::int AS seconds FROM step WHERE id = $1',
      [stepId],
    );
    expect(lease?.seconds).toBeGreaterThan(50);
    expect(lease?.seconds).toBeLessThanOrEqual(60);
  });

  it('is told of in status and log', async () => {
    const words = `the clock of this machine is 3600 s ${direction} the database's`;
    expect(statusLines(await readStatus(installation.resources)).join('\n')).toContain(
      `FAULT         ${words}`,
    );
    const log = await installation.log();
    expect(log.split(words)).toHaveLength(2);
  });
});

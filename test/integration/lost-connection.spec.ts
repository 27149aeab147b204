import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '@prelector/ledger';
import { StudyRow } from '@prelector/ledger';
import pg from 'pg';
import { Interleaving, isStore, statesOf } from '../system/interleaving.testing.js';
import { failedStore } from '../system/store-answers.testing.js';
import { until } from '../system/until.testing.js';
import { testLedger } from './ledger.testing.js';

/** A connection of its own to the database of a ledger. */
async function connected(ledger: Ledger): Promise<pg.Client> {
  const { options } = ledger.dataSource;
  const client = new pg.Client({ connectionString: 'url' in options ? String(options.url) : '' });
  await client.connect();
  return client;
}

/** Whoever reads a table meanwhile waits for it, and has his connection cut; until so many were. */
async function cutReaders(
  ledger: Ledger,
  table: string,
  count: number,
  meanwhile: () => void,
): Promise<void> {
  const [holder, ender] = await Promise.all([connected(ledger), connected(ledger)]);
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    meanwhile();
    let cut = 0;
    await until('the readers are cut', async () => {
      const { rows } = await ender.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [`%${table}%`],
      );
      cut += rows.length;
      return cut >= count ? true : undefined;
    });
  } finally {
    await Promise.all([holder.end(), ender.end()]);
  }
}

describe('a database that refuses', () => {
  let own: Awaited<ReturnType<typeof testLedger>>;
  beforeAll(async () => {
    own = await testLedger({ poolSize: 2 });
  }, 60_000);
  afterAll(() => own?.close());

  it.each([
    ['53300', 'too many connections', 'ledger.exhausted'],
    ['53200', 'no memory', 'ledger.exhausted'],
    ['53100', 'no disk', 'ledger.exhausted'],
    ['57P05', 'a session that stood idle', 'ledger.unreachable'],
    ['25006', 'a standby', 'ledger.unreachable'],
  ])('by %s, %s, is at fault itself, and answers the next one', async (state, _what, code) => {
    const { ledger } = own;
    const refuse = `DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${state}'; END $$`;
    const fault = { code, scope: 'installation' };
    await expect(ledger.pool.sql.manager.query(refuse)).rejects.toMatchObject(fault);
    await expect(ledger.transaction((tx) => tx.sql.manager.query(refuse))).rejects.toMatchObject(fault);
    for (let turn = 0; turn < 4; turn += 1) expect(await ledger.pool.sql.manager.count(StudyRow)).toBe(0);
  });

  it('because a transaction stood still for too long is at fault itself', async () => {
    const { ledger } = own;
    const still = ledger.transaction(async (tx) => {
      await tx.sql.manager.query(`SET LOCAL idle_in_transaction_session_timeout = '50ms'`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await tx.sql.manager.query('SELECT 1');
    });
    await expect(still).rejects.toMatchObject({ code: 'ledger.unreachable', scope: 'installation' });
  });
});

describe('a database connection that is cut', () => {
  let own: Awaited<ReturnType<typeof testLedger>>;
  beforeAll(async () => {
    own = await testLedger();
  }, 60_000);
  afterAll(() => own?.close());

  it.each<[string, (ledger: Ledger) => Promise<unknown>]>([
    ['a statement', ({ pool }) => pool.sql.manager.query('SELECT count(*) FROM study')],
    ['an entity', ({ pool }) => pool.sql.manager.findOneBy(StudyRow, { state: 'held' })],
    ['a query that was built', ({ pool }) => pool.sql.manager.createQueryBuilder(StudyRow, 's').getMany()],
    ['a statement of a transaction', (ledger) => ledger.transaction((tx) => tx.sql.manager.count(StudyRow))],
  ])('under %s is the database out of reach', async (_name, read) => {
    const { ledger } = own;
    let reading: Promise<unknown> | undefined;
    await cutReaders(ledger, 'study', 1, () => {
      reading = read(ledger).catch((thrown: unknown) => thrown);
    });
    expect(await reading).toMatchObject({ code: 'ledger.unreachable', scope: 'installation' });
    await until('the next one is answered', () =>
      read(ledger).then(
        () => true,
        () => undefined,
      ),
    );
  });

  it('between two statements of a transaction is the database out of reach', async () => {
    const { ledger } = own;
    const ender = await connected(ledger);
    try {
      const work = ledger.transaction(async (tx) => {
        const [{ pid }] = await tx.sql.manager.query('SELECT pg_backend_pid() AS pid');
        await ender.query('SELECT pg_terminate_backend($1)', [pid]);
        await until('it is gone', async () => {
          const { rows } = await ender.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]);
          return rows.length === 0 ? true : undefined;
        });
        await tx.sql.manager.query('SELECT 1');
      });
      await expect(work).rejects.toMatchObject({ code: 'ledger.unreachable' });
    } finally {
      await ender.end();
    }
  });
});

it('a step whose read of the ledger is cut is put off, and no attempt of it is counted', async () => {
  const play = await Interleaving.start();
  try {
    await play.afresh();
    const { ledger } = play.installation.resources;
    const answered = Promise.withResolvers<void>();
    const stop = play.pacs.gate.disturb((request) =>
      isStore(request) ? { ...failedStore(request, 0x0110), after: answered.promise } : undefined,
    );
    const { studyInstanceUid: uid } = await play.announced();
    await until('both are being stored', async () =>
      play.pacs.gate.seen('POST', uid).length === 2 ? true : undefined,
    );
    await cutReaders(ledger, 'run_input', 2, () => {
      stop();
      answered.resolve();
    });
    await play.hastenedUntil(uid, 'both are verified', (s) => statesOf(s).join() === 'verified,verified');
    const failed = await play.installation.rows(
      `SELECT a.result, a.code FROM attempt a JOIN step s ON s.id = a.step_id
       WHERE s.step = 'deliver' AND a.code IS NOT NULL AND a.code <> 'deliver.processing-failure' GROUP BY 1, 2`,
    );
    expect(failed).toEqual([{ result: 'deferred', code: 'ledger.unreachable' }]);
  } finally {
    await play.stop();
  }
}, 120_000);

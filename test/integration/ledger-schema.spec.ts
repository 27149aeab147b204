import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  deliveryTransitions,
  orderTransitions,
  readingTransitions,
  runTransitions,
  steps,
  studyTransitions,
} from '@prelector/findings';
import { Ledger } from '@prelector/ledger';
import pg from 'pg';
import { migrations } from '../../libs/ledger/src/migrations/migrations.js';
import { testDatabase } from '../postgres.js';
import { by, seed, some, testKeys, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, url, close } = await testLedger()));
afterAll(() => close());

describe('migrations', () => {
  it('come up from an empty database once, though several processes start at once', async () => {
    const database = await testDatabase();
    const ledgers = await Promise.all(
      Array.from({ length: 4 }, () => Ledger.open({ url: database.url, keys: testKeys, poolSize: 3 })),
    );
    await expect(some(ledgers[0]).checkMigrated()).rejects.toMatchObject({ code: 'ledger.not-migrated' });
    expect(() => some(ledgers[0]).installationId).toThrow(/database lacks tables/u);
    await Promise.all(ledgers.map((one) => one.migrate()));
    expect(new Set(ledgers.map((one) => one.installationId)).size).toBe(1);
    const [row] = await some(ledgers[0]).pool.sql.manager.query<
      {
        n: number;
      }[]
    >('SELECT count(*)::int AS n FROM prelector_migration');
    expect(row).toEqual({ n: migrations.length });
    await some(ledgers[0]).migrate();
    await Promise.all(ledgers.map((one) => one.close()));
    await database.drop();
  });

  it('make every column that an entity names, with its type and whether it may be empty', async () => {
    const columns = await ledger.pool.sql.manager.query<{ name: string; type: string; nullable: boolean }[]>(
      `SELECT table_name || '.' || column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
       FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const there = new Map(columns.map((column) => [column.name, column]));
    const types: Record<string, string> = { int: 'integer', timestamptz: 'timestamp with time zone' };
    for (const entity of ledger.dataSource.entityMetadatas) {
      for (const column of entity.columns) {
        const type = column.isArray ? 'ARRAY' : String(column.type);
        const name = `${entity.tableName}.${column.databaseName}`;
        expect(there.get(name)).toEqual({ name, type: types[type] ?? type, nullable: column.isNullable });
        there.delete(name);
      }
    }
    const left = [...there.keys()].filter((name) => !name.startsWith('prelector_migration.'));
    expect(left).toEqual(['installation.only_row']);
  });

  it.each([
    ['study', 'state', Object.keys(studyTransitions)],
    ['study', 'reading_state', Object.keys(readingTransitions)],
    ['study_order', 'state', Object.keys(orderTransitions)],
    ['study_order', 'reading_state', Object.keys(readingTransitions)],
    ['run', 'state', Object.keys(runTransitions)],
    ['delivery', 'state', Object.keys(deliveryTransitions)],
    ['step', 'step', [...steps]],
  ])('check %s.%s for exactly the states of the domain', async (table, column, states) => {
    const constraints = await ledger.pool.sql.manager.query<{ text: string }[]>(
      `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass`,
      [table],
    );
    const own = some(constraints.find(({ text }) => text.startsWith(`CHECK ((${column} = ANY`))).text;
    expect([...own.matchAll(/'([^']+)'::text/gu)].map((match) => match[1]).sort()).toEqual(
      [...states].sort(),
    );
  });

  it('index every column by which a foreign key is followed back, or the table is small', async () => {
    const missing = await ledger.pool.sql.manager.query<{ table: string; column: string }[]>(
      `SELECT c.conrelid::regclass::text AS "table", a.attname AS "column" FROM pg_constraint c
       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
       WHERE c.contype = 'f' AND c.confrelid IN ('study'::regclass, 'run'::regclass, 'step'::regclass)
         AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum)`,
    );
    expect(missing.map((one) => `${one.table}.${one.column}`).sort()).toEqual(['identity_sighting.run_id']);
  });
});

describe('history', () => {
  it.each(['event', 'configuration_version', 'package_activation'])(
    'lets no row of %s be changed or taken away',
    async (table) => {
      await seed(ledger);
      for (const statement of [
        `UPDATE ${table} SET who = 'somebody else'`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ])
        await expect(ledger.pool.sql.manager.query(statement)).rejects.toThrow(`${table} is append-only`);
    },
  );

  it('is rolled back together with the change it tells of', async () => {
    const { study } = await seed(ledger);
    await expect(
      ledger.transaction(async (tx) => {
        await tx.events.record({
          who: 'a',
          what: 'never happened',
          subjectKind: 'study',
          subjectId: study.id,
        });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await ledger.pool.sql.manager.query(`SELECT 1 FROM event WHERE what = 'never happened'`)).toEqual(
      [],
    );
  });
});

describe('Ledger', () => {
  it('says that the database cannot be reached, with no secret in the message', async () => {
    const refused = Ledger.open({ url: 'postgres://user:hush@127.0.0.1:1/none', keys: testKeys });
    await expect(refused).rejects.toMatchObject({ code: 'ledger.unreachable', recovery: 'transient' });
    await expect(refused).rejects.not.toThrow(/hush/u);
  });

  it('runs a transaction again after a deadlock', async () => {
    const { study: a } = await seed(ledger);
    const { study: b } = await seed(ledger);
    let tries = 0;
    let updated = 0;
    let meet: () => void = () => undefined;
    const met = new Promise<void>((resolve) => (meet = resolve));
    const crossing = (first: string, second: string) =>
      ledger.transaction(async (tx) => {
        tries += 1;
        await tx.sql.manager.query('UPDATE study SET priority = priority WHERE id = $1', [first]);
        updated += 1;
        if (updated === 2) meet();
        await met;
        await tx.sql.manager.query('UPDATE study SET priority = priority WHERE id = $1', [second]);
      });
    await Promise.all([crossing(a.id, b.id), crossing(b.id, a.id)]);
    // PostgreSQL may take both for victims, so that each of them comes again.
    expect(tries).toBeGreaterThanOrEqual(3);
  });

  it('listens again after its connection was cut, and says so to everyone who waits', async () => {
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const heard = () =>
      new Promise<void>((resolve) => {
        const stop = ledger.on('configuration', () => {
          stop();
          resolve();
        });
      });
    const afterCut = heard();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'prelector-listen' AND datname = current_database()`,
    );
    await afterCut;
    const afterChange = heard();
    await ledger.transaction((tx) =>
      tx.configurationChanges.apply({ nodes: [{ name: `node-${Date.now()}`, body: {} }] }, by),
    );
    await afterChange;
    await admin.end();
  });

  it('says that the database was lost when it goes away within a transaction', async () => {
    const { study } = await seed(ledger);
    const lost = ledger.transaction(async (tx) => {
      await tx.sql.manager.query('UPDATE study SET priority = 0 WHERE id = $1', [study.id]);
      await tx.sql.manager.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(lost).rejects.toMatchObject({ code: 'ledger.unreachable', recovery: 'transient' });
    expect(
      await ledger.pool.sql.manager.query('SELECT priority FROM study WHERE id = $1', [study.id]),
    ).toEqual([{ priority: study.priority }]);
  });

  it('survives that every connection of its pool is cut', async () => {
    const { study } = await seed(ledger);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name LIKE 'prelector%' AND datname = current_database()`,
    );
    await admin.end();
    const again = async (): Promise<unknown> =>
      ledger.pool.sql.manager.query('SELECT id FROM study WHERE id = $1', [study.id]).catch(again);
    expect(await again()).toEqual([{ id: study.id }]);
  });
});

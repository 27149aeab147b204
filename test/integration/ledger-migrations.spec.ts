import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ledger } from '@prelector/ledger';
import type { QueryRunner } from 'typeorm';
import { FirstSchema1763700000000 } from '../../libs/ledger/src/migrations/first-schema.js';
import { migrations } from '../../libs/ledger/src/migrations/migrations.js';
import { testDatabase } from '../postgres.js';
import type { KeptLedger } from './kept-ledger.testing.js';
import { readKept, restoreTables, tablesOf } from './kept-ledger.testing.js';
import { some } from './ledger.testing.js';

/** Digests of the statements of migrations that were released. One that is not here yet may still be edited. */
const released: Readonly<Record<string, string>> = {
  FirstSchema1763700000000: '0f9ad9992ace3ed3e15dba78eff0e42862fa4db67dc22899e6f18304521321fa',
};

async function digestOf(migration: (typeof migrations)[number]): Promise<string> {
  const digest = createHash('sha256');
  const query = (text: string) => Promise.resolve(void digest.update(text));
  await new migration().up({ query } as unknown as QueryRunner);
  return digest.digest('hex');
}

describe('migrations', () => {
  it('that were released are what they were', async () => {
    const digests = await Promise.all(migrations.map(async (each) => [each.name, await digestOf(each)]));
    expect(Object.fromEntries(digests)).toMatchObject(released);
  });

  it('come in the order of their times', () => {
    const times = migrations.map(({ name }) => Number(/\d{13}$/u.exec(name)?.[0]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a ledger of the first schema', () => {
  let kept: KeptLedger;
  let ledger: Ledger;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const database = await testDatabase();
    kept = await readKept('first-schema');
    const { id, key, siteKey } = kept.keys;
    const keys = {
      current: { id, key: Buffer.from(key, 'base64') },
      get: (asked: string) => (asked === id ? Buffer.from(key, 'base64') : undefined),
      siteKey: Buffer.from(siteKey, 'base64'),
    };
    ledger = await Ledger.open({ url: database.url, keys });
    close = async () => {
      await ledger.close();
      await database.drop();
    };
    const runner = ledger.dataSource.createQueryRunner();
    await new FirstSchema1763700000000().up(runner);
    await runner.query(
      `CREATE TABLE prelector_migration (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name varchar NOT NULL)`,
    );
    await runner.query(`INSERT INTO prelector_migration ("timestamp", name) VALUES (1763700000000, $1)`, [
      FirstSchema1763700000000.name,
    ]);
    await runner.release();
    await restoreTables(ledger, kept.tables);
  }, 60_000);
  afterAll(() => close?.());

  it('comes up with everything that it held', async () => {
    const before = await tablesOf(ledger);
    expect(before).toEqual(kept.tables);
    await expect(ledger.checkMigrated()).rejects.toMatchObject({ code: 'ledger.not-migrated' });
    await ledger.migrate();
    expect(await tablesOf(ledger)).toMatchObject(before);
  });

  it('tells of its studies, and opens their identities', async () => {
    const studies = kept.tables['study'] as readonly { study_instance_uid: string; identity_id: string }[];
    expect(studies).toHaveLength(2);
    for (const study of studies) {
      const story = some(await ledger.pool.stories.ofStudy(study.study_instance_uid));
      expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
      const identity = await ledger.pool.identities.open(study.identity_id);
      expect(identity).toMatchObject({ patientId: expect.any(String) });
    }
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';
import { UnitOfWork } from '@prelector/ledger';
import type { EntityManager } from 'typeorm';
import { SiteView } from '@prelector/pipeline';
import { until } from '../system/until.testing.js';
import { by, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, close } = await testLedger()));
afterAll(() => close?.());

/** A site whose every part tells which of two versions it is of. */
const siteWith = (state: 'on' | 'off') => {
  const port = state === 'on' ? 2575 : 2576;
  const node = {
    name: 'pacs',
    profile: 'generic-strict',
    roots: { base: `https://pacs.example:${port}/dicom` },
  };
  return {
    nodes: [{ name: 'pacs', body: node }],
    feeds: [{ name: 'ris', body: { name: 'ris', port, nodes: ['pacs'] } }],
    rules: [
      {
        name: 'lungs',
        packageId: 'ct-lung-densitometry',
        body: {
          name: 'lungs',
          model: 'ct-lung-densitometry',
          source: ['pacs'],
          late: { final: state === 'on' ? 'send' : 'keep' },
        },
      },
    ],
    activations: [{ rule: 'lungs', state, packageDigest: 'a'.repeat(64), packageVersion: '1.0.0' }],
  };
};

const apply = (state: 'on' | 'off') =>
  ledger.transaction((tx) => tx.configurationChanges.apply(siteWith(state), by));
const stateIn = (view: SiteView) => view.current.rules[0]?.activation;
const asOf = (view: SiteView) => ledger.transaction((tx) => view.asOf(tx));

async function waitingForALock(): Promise<true | undefined> {
  const [row] = await ledger.pool.sql.manager.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted`,
  );
  return (row?.count ?? 0) > 0 ? true : undefined;
}

beforeEach(() => apply('on'));

describe('the view of a site', () => {
  it.each(['package_activation', 'configuration_version', 'pacs_node', 'feed', 'rule'])(
    'holds all of a change or none of it, where that commits while %s is read',
    async (table) => {
      const view = new SiteView(ledger, silentLog);
      const locked = Promise.withResolvers<void>();
      const read = Promise.withResolvers<void>();
      const change = ledger.transaction(async (tx) => {
        await tx.sql.manager.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        locked.resolve();
        await read.promise;
        await tx.configurationChanges.apply(siteWith('off'), by);
      });
      await locked.promise;
      const refreshed = view.refresh();
      await until('the view is in the middle of reading', waitingForALock);
      read.resolve();
      await change;
      await refreshed;
      await view.refresh();

      const fresh = new SiteView(ledger, silentLog);
      await fresh.refresh();
      expect(fresh.current).toMatchObject({ faults: [], feeds: [{ configuration: { port: 2576 } }] });
      expect(stateIn(fresh)).toBe('off');
      expect(view.current).toEqual(fresh.current);
      expect(await asOf(view)).toEqual(fresh.current);
    },
  );

  it('says in a transaction what is switched off by then, without having been refreshed', async () => {
    const view = new SiteView(ledger, silentLog);
    await view.refresh();
    await apply('off');
    expect(stateIn(view)).toBe('on');
    expect((await asOf(view)).rules).toMatchObject([{ activation: 'off' }]);
  });

  it('does not go back to an older answer that comes late', async () => {
    const held = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let first = true;
    const manager = {
      query: async (text: string, parameters: unknown[]) => {
        const answer: unknown = await ledger.pool.sql.manager.query(text, parameters);
        if (first) {
          first = false;
          held.resolve();
          await go.promise;
        }
        return answer;
      },
    };
    const pool = new UnitOfWork(manager as unknown as EntityManager, ledger);
    const view = new SiteView(Object.create(ledger, { pool: { value: pool } }) as Ledger, silentLog);
    const older = view.refresh();
    await held.promise;
    await apply('off');
    const newer = view.refresh();
    await Promise.race([newer, sleep(200)]);
    go.resolve();
    await Promise.all([older, newer]);
    expect(stateIn(view)).toBe('off');
  });
});

describe('the revision of the configuration', () => {
  it('moves with a change that began before another and commits after it', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const early = ledger.transaction(async (tx) => {
      await tx.credentials.store({ name: 'pacs', body: { kind: 'basic' }, secret: 's' }, by);
      begun.resolve();
      await go.promise;
    });
    await begun.promise;
    let ended = false;
    const late = apply('off').then(() => (ended = true));
    await until('the other has ended, or waits', async () => ended || (await waitingForALock()) || undefined);
    const before = await ledger.pool.configuration.revision();
    go.resolve();
    await early;
    expect(await ledger.pool.configuration.revision()).not.toBe(before);
    await late;
  });
});

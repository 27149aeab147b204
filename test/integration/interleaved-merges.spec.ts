import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tx } from '@prelector/ledger';
import { followMerges } from '../../apps/trigger/src/hl7/follow-merge.js';
import { until } from '../system/until.testing.js';
import { some } from './ledger.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' }, { ris: ['pacs'], his: ['pacs'] });
});
afterAll(() => trigger?.stop());

type Study = ReturnType<typeof freshStudy>;
const hear = async (message: Uint8Array, feed: string) =>
  expect(await trigger.hear(message, feed)).toBe('AA');
const former = ({ patientId }: Study) => `${patientId}OLD`;
const arrive = async (study: Study) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
};
const merged = (study: Study) => merge(study.patientId, former(study));
const parted = (study: Study) => adt('A37^ADT_A37', `PID|1||${study.patientId}`, `PID|2||${former(study)}`);
const order = (study: Study, change: Parameters<typeof messageFor>[1]) =>
  messageFor({ ...study, patientId: former(study) }, change);

/** About both its order numbers, under another accession number, for the retired number. */
const corrected = (study: Study, orderControl: string, orderStatus: string) =>
  order(study, {
    orderControl,
    orderStatus,
    placerOrderNumber: `${study.patientId}p`,
    fillerOrderNumber: `${study.patientId}f`,
    identity: { patientId: former(study), accessionNumber: `${some(study.accessionNumber)}B` },
  });

/** Waits until so many transactions wait for another one. */
const waiting = (count: number) =>
  until(`${count} transactions that wait`, async () => {
    const [row] = await trigger.ledger.pool.sql.manager.query<{ n: string }[]>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return Number(some(row).n) >= count ? true : undefined;
  });

/** Has `first` run in a transaction that stays open until the result is called, which waits for its commit. */
async function begun(first: (tx: Tx) => Promise<unknown>): Promise<() => Promise<void>> {
  const [done, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const all = trigger.ledger.transaction(async (tx) => {
    await first(tx);
    done.resolve();
    await go.promise;
  });
  await Promise.race([done.promise, all]);
  return () => {
    go.resolve();
    return all;
  };
}

interface Happening {
  readonly what: string;
  readonly isUndone: boolean;
  /** What is there before. */
  readonly before: (study: Study) => Promise<void>;
  /** What comes beside the merge. */
  readonly happens: (study: Study) => Promise<void>;
  /** A row for which it waits once it has begun to write. */
  readonly row: (study: Study) => Promise<readonly ['study' | 'study_order', string]>;
  readonly outcome: { readonly study: object; readonly order: object; readonly isCancelled?: true };
}

const rowOfStudy: Happening['row'] = async ({ studyInstanceUid }) => [
  'study',
  (await trigger.study(studyInstanceUid)).id,
];
const agreed = { state: 'complete' };
const twoPatients = {
  state: 'held',
  stateReason: expect.stringMatching(/two patients under one accession number/u) as unknown,
};

const happenings: Happening[] = [
  {
    what: 'an order for the retired number is placed',
    isUndone: false,
    before: arrive,
    happens: (study) => hear(order(study, { orderControl: 'NW', orderStatus: 'SC' }), 'ris'),
    row: rowOfStudy,
    outcome: { study: agreed, order: { state: 'announced' } },
  },
  {
    what: 'an order for the retired number has its images',
    isUndone: false,
    before: arrive,
    happens: (study) => hear(order(study, {}), 'ris'),
    row: rowOfStudy,
    outcome: { study: agreed, order: { state: 'arrived' } },
  },
  {
    what: 'a report signs for the retired number',
    isUndone: false,
    before: arrive,
    happens: (study) => hear(order(study, { form: 'ORU^R01', resultStatus: 'F' }), 'ris'),
    row: rowOfStudy,
    outcome: { study: { ...agreed, readingState: 'final' }, order: { state: 'announced' } },
  },
  {
    what: 'images of the surviving number arrive',
    isUndone: false,
    before: (study) => hear(order(study, { orderControl: 'NW', orderStatus: 'SC' }), 'ris'),
    happens: arrive,
    row: async () => ['study_order', (await trigger.lastOrder()).id],
    outcome: { study: agreed, order: { state: 'announced' } },
  },
  {
    what: 'an order is cancelled that was corrected for the retired number alone',
    isUndone: false,
    before: async (study) => {
      const [placerOrderNumber, fillerOrderNumber] = [`${study.patientId}p`, `${study.patientId}f`];
      const placed = { orderControl: 'NW', orderStatus: '', placerOrderNumber, fillerOrderNumber: '' };
      await hear(messageFor(study, placed), 'ris');
      await hear(order(study, { orderStatus: 'IP', fillerOrderNumber }), 'ris');
      await hear(corrected(study, 'XO', ''), 'ris');
      await arrive(study);
    },
    happens: (study) => hear(corrected(study, 'CA', 'CA'), 'ris'),
    row: async () => ['study_order', (await trigger.lastOrder()).id],
    outcome: { study: agreed, order: { state: 'cancelled' }, isCancelled: true },
  },
  {
    what: 'a report signs for the number that was retired',
    isUndone: true,
    before: async (study) => {
      await hear(merged(study), 'his');
      await arrive(study);
    },
    happens: (study) => hear(order(study, { form: 'ORU^R01', resultStatus: 'F' }), 'ris'),
    row: rowOfStudy,
    outcome: { study: twoPatients, order: twoPatients },
  },
];

describe.each(happenings)('while $what', ({ isUndone, before, happens, row, outcome }) => {
  const message = (study: Study) => (isUndone ? parted(study) : merged(study));
  const sequences: [string, (study: Study) => Promise<void>][] = [
    [
      'is heard before it',
      async (study) => {
        await hear(message(study), 'his');
        await happens(study);
      },
    ],
    [
      'is heard after it',
      async (study) => {
        await happens(study);
        await hear(message(study), 'his');
      },
    ],
    [
      'is being written',
      async (study) => {
        const { ledger } = trigger;
        const { feeds } = await ledger.pool.configuration.current();
        const { id } = some(feeds.find(({ name }) => name === 'his'));
        const [survivor, retired] = [{ patientId: study.patientId }, { patientId: former(study) }];
        const end = await begun((tx) => followMerges(tx, id, [{ survivor, retired, isUndone }]));
        const happened = happens(study);
        await waiting(1);
        await end();
        await happened;
      },
    ],
    [
      'is heard while that is being written',
      async (study) => {
        const [table, id] = await row(study);
        const end = await begun((tx) =>
          tx.sql.manager.query(`SELECT 1 FROM ${table} WHERE id = $1 FOR UPDATE`, [id]),
        );
        const happened = happens(study);
        await waiting(1);
        const heard = hear(message(study), 'his');
        await waiting(2);
        await end();
        await Promise.all([happened, heard]);
      },
    ],
  ];

  it.each(sequences)(
    'a merge of its patients, or the undoing of one, %s, with one outcome',
    async (_name, play) => {
      const study = freshStudy();
      await before(study);
      await trigger.settle();
      await play(study);
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject(outcome.study);
      expect(await trigger.lastOrder()).toMatchObject(outcome.order);
      const { id } = await trigger.study(study.studyInstanceUid);
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(outcome.isCancelled ?? false);
    },
  );
});

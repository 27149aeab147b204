import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Interleaving, isStore, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { until } from '../system/until.testing.js';
import { DeliverHandler } from '../../apps/results/src/delivery/deliver.handler.js';
import { some } from './ledger.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

const uidOf = ({ studyInstanceUid }: PhantomStudy) => studyInstanceUid;
const cancel = async (study: PhantomStudy) => {
  const { identity } = study;
  expect(await play.installation.tell({ identity, orderControl: 'CA', orderStatus: 'CA' })).toBe('AA');
  const story = await play.installation.story(uidOf(study));
  const { pool } = play.installation.resources.ledger;
  await until(
    'it is cancelled',
    async () => (await pool.orders.areCancelled(story?.study.id ?? '')) || undefined,
  );
};
const sign = async (study: PhantomStudy) => {
  const { identity } = study;
  expect(await play.installation.tell({ form: 'ORU^R01', identity, resultStatus: 'F' })).toBe('AA');
  await play.installation.storyWhen(
    uidOf(study),
    'it is signed',
    (story) => story.study.readingState === 'final',
  );
};
const hold = async (study: PhantomStudy) => {
  const story = await play.installation.story(uidOf(study));
  await play.installation.resources.ledger.transaction((tx) =>
    tx.moves.study(story?.study.id ?? '', 'held', { who: 'trigger', why: 'Patient ID differs' }),
  );
};

describe.each([
  { what: 'the order is cancelled', happens: cancel, left: 'not-sent' },
  { what: 'the report is signed', happens: sign, left: 'not-sent' },
  { what: 'the study is held', happens: hold, left: 'held' },
])('when $what', ({ happens, left }) => {
  it('while the account that stores is being proven, nothing is stored', async () => {
    const password = join(play.installation.folder, 'password');
    await writeFile(password, `${left}-${what(happens)}`, { mode: 0o600 });
    const auth = { kind: 'basic', username: 'ai', password: `file:${password}` };
    await play.installation.configure({ pacs: play.pacs, node: { auth } });
    const proof = /=2\.25\.0(?:&|$)/u;
    const isProven = () => play.pacs.gate.requests.some(({ path }) => proof.test(path));
    const selecting = play.pacs.gate.hold(/\/metadata$/u);
    const from = play.pacs.gate.requests.length;
    const study = await play.announced();
    await selecting.reached;
    expect(isProven()).toBe(true);
    const proving = play.pacs.gate.hold(proof);
    selecting.letGo();
    await proving.reached;
    await happens(study);
    proving.letGo();
    const story = await play.installation.settled(uidOf(study));
    expect(statesOf(story)).toEqual([left, left]);
    expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
    expect(play.pacs.gate.requests.slice(from).filter(isStore)).toEqual([]);
    expect(await play.pacs.evidence(uidOf(study))).toEqual([]);
  }, 120_000);

  it('while a store waits for a connection, it is not sent', async () => {
    const { study, stores, lands } = await oneWaits();
    await happens(study);
    lands();
    const story = await play.installation.settled(uidOf(study));
    expect(statesOf(story)).toEqual([left, 'verified'].sort());
    expect(stores()).toHaveLength(1);
  }, 120_000);
});

describe('a worker that does not hold its step any more while its store waits for a connection', () => {
  /** Both steps were taken back before their workers heard of it, as where these stood still; the next ones come late. */
  async function takenBack() {
    const { study, stores, lands } = await oneWaits();
    const losses = async () => (await play.installation.log()).split('"lease lost, the row is left').length;
    const before = await losses();
    await play.installation.resources.ledger.transaction(async (tx) => {
      const afterAllLeases = new Date(Date.now() + 3_600_000);
      await tx.outbox.requeueStale({ dispatchedBefore: new Date(0), now: afterAllLeases });
      await tx.sql.manager.query(`UPDATE outbox SET due_at = now() + interval '1 hour'`);
    });
    lands();
    await until('both workers have heard', async () => ((await losses()) >= before + 2 ? true : undefined));
    return { study, stores };
  }

  it('sends nothing where the step was taken back', async () => {
    const { study, stores } = await takenBack();
    expect(stores()).toHaveLength(1);
    await play.hastenedUntil(
      uidOf(study),
      'both are verified',
      (story) => statesOf(story).join() === 'verified,verified',
    );
    expect(stores()).toHaveLength(2);
  }, 120_000);

  it('leaves no doubt of a store where its lease ended and nobody took the step back yet', async () => {
    const { study, stores } = await takenBack();
    const { ledger } = play.installation.resources;
    const [unsent] = await play.installation.rows<{ stepId: string; attempt: number; rowId: string }>(
      `SELECT s.id AS "stepId", s.attempt, d.id AS "rowId" FROM step s JOIN delivery d ON d.id = s.row_id
         JOIN evidence e ON e.id = d.evidence_id JOIN study ON study.id = e.study_id
       WHERE study.study_instance_uid = $1 AND d.state = 'pending'`,
      [uidOf(study)],
    );
    const { rowId, ...step } = some(unsent);
    const claim = some(await ledger.pool.steps.claim({ ...step, holder: 'test', leaseSeconds: 600 }));
    const deliver = play.installation.part(DeliverHandler);
    await expect(
      deliver.handle(claim, new AbortController().signal, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: 'ledger.lease-over', recovery: 'transient' });
    expect(await ledger.pool.deliveries.byId(rowId)).toMatchObject({ state: 'pending', inDoubtSince: null });
    expect(stores()).toHaveLength(1);
  }, 120_000);
});

/** One store is under way, until it `lands`, and the other waits for the only connection. */
async function oneWaits() {
  const { pacs, installation } = play;
  await installation.configure({ pacs, node: { overrides: { http: { maxConcurrent: 1 } } } });
  const landing = Promise.withResolvers<void>();
  pacs.gate.disturb((request) => (isStore(request) ? { wait: landing.promise } : undefined));
  const study = await makePhantom();
  await pacs.push(study);
  expect(await installation.tell({ identity: study.identity })).toBe('AA');
  const stores = () => pacs.gate.seen('POST', uidOf(study));
  await until('a store is under way, and the other has passed its gate', async () => {
    // Whoever encodes looks, and each of the two gates.
    const looks = await installation.rows(
      `SELECT 1 FROM identity_sighting g JOIN study s ON s.id = g.study_id
       WHERE s.study_instance_uid = $1 AND g.stage = 'store'`,
      [uidOf(study)],
    );
    return stores().length === 1 && looks.length === 3 ? true : undefined;
  });
  return { study, stores, lands: landing.resolve };
}

const what = (happens: unknown) => [cancel, sign, hold].indexOf(happens as typeof cancel);

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCancelled, moveStudy } from '@prelector/ledger';
import { Interleaving, isStore, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { until } from '../system/until.testing.js';

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
  await until('it is cancelled', async () => (await isCancelled(pool, story?.study.id ?? '')) || undefined);
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
    moveStudy(tx, story?.study.id ?? '', 'held', { who: 'trigger', why: 'Patient ID differs' }),
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
    await play.installation.configure({
      pacs: play.pacs,
      node: { overrides: { http: { maxConcurrent: 1 } } },
    });
    const landing = Promise.withResolvers<void>();
    play.pacs.gate.disturb((request) => (isStore(request) ? { wait: landing.promise } : undefined));
    const study = await play.announced();
    const stores = () => play.pacs.gate.seen('POST', uidOf(study));
    await until('a store is under way', async () => (stores().length === 1 ? true : undefined));
    await play.installation.storyWhen(
      uidOf(study),
      'the other has passed its gate',
      ({ deliveries }) =>
        deliveries.some(({ state }) => state === 'attempted') &&
        deliveries.some(({ state }) => state === 'pending'),
    );
    await happens(study);
    landing.resolve();
    const story = await play.installation.settled(uidOf(study));
    expect(statesOf(story)).toEqual([left, 'verified'].sort());
    expect(stores()).toHaveLength(1);
  }, 120_000);
});

const what = (happens: unknown) => [cancel, sign, hold].indexOf(happens as typeof cancel);

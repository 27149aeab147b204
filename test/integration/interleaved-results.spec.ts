import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Interleaving, isStore, never, statesOf } from '../system/interleaving.testing.js';
import type { Fault, SeenRequest } from '../system/pacs-gate.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { failedStore, storedUid } from '../system/store-answers.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

const dayMs = 86_400_000;

let play: Interleaving;
beforeAll(async () => {
  // What failed stays between its attempts until the test has it tried again, however busy the machine is.
  const retry = { maximumAttempts: 3, initialDelayMs: dayMs, maximumDelayMs: dayMs };
  play = await Interleaving.start(TestPacs.start(), retry);
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

interface Overtaken {
  readonly uid: string;
  readonly older: ReadonlySet<string>;
}

const newerEncoded = (uid: string) =>
  play.installation.storyWhen(uid, 'the newer ones are encoded', ({ deliveries }) => deliveries.length === 4);

const mayLand = /an older result .* may still be stored: it is not known what came of a store/u;

/** The first two reports meet a fault in each store; then images come late, and the newer two are verified. */
async function overtaken(fault: Fault): Promise<Overtaken> {
  const older = new Set<string>();
  const isOlder = (request: SeenRequest) => older.size < 2 || older.has(storedUid(request.body));
  play.pacs.gate.disturb((request) => {
    if (!isStore(request) || !isOlder(request)) return undefined;
    older.add(storedUid(request.body));
    return fault(request);
  });
  const study = await play.announced(await makePhantom(), 38);
  const uid = study.studyInstanceUid;
  await until('both stores came', async () => (older.size === 2 ? true : undefined));
  await play.installation.storyWhen(uid, 'both wait for another attempt', ({ openSteps }) =>
    openSteps.every(({ step, state }) => step !== 'deliver' || state === 'waiting'),
  );
  await play.pacs.push(study, 38);
  expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
  await newerEncoded(uid);
  await play.forgetThatItMayLand(uid);
  await play.installation.storyWhen(
    uid,
    'the newer reports are verified',
    ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
  );
  play.pacs.gate.calm();
  await play.hasten();
  return { uid, older };
}

async function expectNewerAlone({ uid, older }: Overtaken): Promise<void> {
  const kept = (await play.pacs.evidence(uid)).map(({ sopInstanceUid }) => sopInstanceUid);
  expect(kept).toHaveLength(2);
  for (const each of older) expect(kept).not.toContain(each);
}

describe('an older result that waits for another attempt', () => {
  it('gives way to the newer one that was verified', async () => {
    const played = await overtaken((request) => failedStore(request, 0xa700));
    const story = await play.installation.settled(played.uid);
    expect(statesOf(story)).toEqual(['superseded', 'superseded', 'verified', 'verified']);
    await expectNewerAlone(played);
    await play.expectNothingSilent(story);
  }, 120_000);

  it('is looked for where it may be stored, and then gives way', async () => {
    const played = await overtaken(() => ({ lands: never }));
    const looking = await play.installation.storyWhen(
      played.uid,
      'they are looked for',
      ({ deliveries }) =>
        deliveries.filter(({ stateReason }) => /may be stored/u.test(stateReason ?? '')).length === 2,
    );
    expect(statesOf(looking)).toEqual(['attempted', 'attempted', 'verified', 'verified']);
    await play.forgetTheTime(played.uid);
    const story = await play.installation.settled(played.uid);
    expect(statesOf(story)).toEqual(['superseded', 'superseded', 'verified', 'verified']);
    await expectNewerAlone(played);
  }, 120_000);
});

it('a newer result waits while a worker is storing an older one', async () => {
  const landing = Promise.withResolvers<void>();
  const first = new Set<string>();
  play.pacs.gate.disturb((request) => {
    if (!isStore(request) || (first.size === 2 && !first.has(storedUid(request.body)))) return undefined;
    first.add(storedUid(request.body));
    return { wait: landing.promise };
  });
  const study = await play.announced(await makePhantom(), 38);
  await until('both stores are under way', async () => (first.size === 2 ? true : undefined));
  await play.pacs.push(study, 38);
  expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
  const waiting = await play.installation.storyWhen(
    study.studyInstanceUid,
    'the newer ones wait',
    ({ openSteps }) =>
      openSteps.filter(({ reason }) => /an older result .* is being stored/u.test(reason ?? '')).length === 2,
  );
  expect(waiting.deliveries).toHaveLength(4);
  expect(play.pacs.gate.seen('POST', study.studyInstanceUid)).toHaveLength(2);
  landing.resolve();
  const story = await play.installation.settled(study.studyInstanceUid);
  expect(statesOf(story)).toEqual(['verified', 'verified', 'verified', 'verified']);
  const inOrder = play.pacs.gate.requests.filter(
    (each) => isStore(each) && each.path.includes(study.studyInstanceUid),
  );
  expect(new Set(inOrder.slice(0, 2).map(({ body }) => storedUid(body)))).toEqual(first);
}, 120_000);

describe('a worker whose lease is lost while its server does not answer', () => {
  /** Both older stores hang at the PACS when their leases are taken back; then images come late. */
  async function lost(): Promise<Overtaken & { readonly lands: () => void }> {
    const landing = Promise.withResolvers<void>();
    const older = new Set<string>();
    play.pacs.gate.disturb((request) => {
      if (!isStore(request) || (older.size === 2 && !older.has(storedUid(request.body)))) return undefined;
      older.add(storedUid(request.body));
      return { wait: landing.promise };
    });
    const study = await play.announced(await makePhantom(), 38);
    const uid = study.studyInstanceUid;
    await until('both stores came', async () => (older.size === 2 ? true : undefined));
    // As with a worker that cannot reach the database, or stood still; the next one comes late.
    await play.installation.resources.ledger.transaction(async (tx) => {
      const afterAllLeases = new Date(Date.now() + 3_600_000);
      await tx.outbox.requeueStale({ dispatchedBefore: new Date(0), now: afterAllLeases });
      await tx.sql.manager.query(`UPDATE outbox SET due_at = now() + interval '1 hour'`);
    });
    await play.pacs.push(study, 38);
    expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
    const waiting = await play.installation.storyWhen(
      uid,
      'the newer ones wait',
      ({ openSteps }) => openSteps.filter(({ reason }) => mayLand.test(reason ?? '')).length === 2,
    );
    expect(statesOf(waiting)).toEqual(['attempted', 'attempted', 'pending', 'pending']);
    return { uid, older, lands: landing.resolve };
  }

  const storesOf = (uid: string) =>
    play.pacs.gate.requests.flatMap((each) =>
      isStore(each) && each.path.includes(uid) ? [storedUid(each.body)] : [],
    );

  it('cuts its store, and no newer result goes before what may still land', async () => {
    const { uid, older, lands } = await lost();
    await until('both stores are cut', async () =>
      play.pacs.gate.abandoned.filter((each) => isStore(each) && older.has(storedUid(each.body))).length === 2
        ? true
        : undefined,
    );
    expect(storesOf(uid)).toHaveLength(2);
    lands();
    await until('the archive has them', async () =>
      (await play.pacs.evidence(uid)).length === 2 ? true : undefined,
    );
    const story = await play.hastenedUntil(
      uid,
      'all are verified',
      (each) => statesOf(each).join() === 'verified,verified,verified,verified',
    );
    expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null, null, null]);
    expect(new Set(storesOf(uid).slice(0, 2))).toEqual(older);
    expect(storesOf(uid)).toHaveLength(4);
  }, 120_000);

  it('holds up a newer result only as long as its store may land', async () => {
    const played = await lost();
    await play.forgetThatItMayLand(played.uid);
    const newer = await play.hastenedUntil(
      played.uid,
      'the newer reports are verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
    );
    expect(statesOf(newer)).toEqual(['attempted', 'attempted', 'verified', 'verified']);
    await play.forgetTheTime(played.uid);
    const story = await play.installation.settled(played.uid);
    expect(statesOf(story)).toEqual(['superseded', 'superseded', 'verified', 'verified']);
    await expectNewerAlone(played);
  }, 120_000);
});

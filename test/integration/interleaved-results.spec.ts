import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Interleaving, isStore, never, statesOf } from '../system/interleaving.testing.js';
import type { Fault, SeenRequest } from '../system/pacs-gate.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { failedStore, storedUid } from '../system/store-answers.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

interface Overtaken {
  readonly uid: string;
  readonly older: ReadonlySet<string>;
}

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
  // Between their attempts, however short the pauses of this installation are.
  await play.installation.rows(`UPDATE step SET due_at = now() + interval '1 hour' WHERE step = 'deliver'`);
  await play.installation.storyWhen(uid, 'both wait for another attempt', ({ openSteps }) =>
    openSteps.every(({ step, state }) => step !== 'deliver' || state === 'waiting'),
  );
  await play.pacs.push(study, 38);
  expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
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

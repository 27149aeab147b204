import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retryDeadLetter } from '@prelector/pipeline';
import { isWellSettled } from '../../apps/prelector/src/commands/follow-study.js';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { storyLines, storyOf } from '../../apps/prelector/src/commands/study.js';
import { Interleaving, isStore, never, statesOf } from '../system/interleaving.testing.js';
import type { SeenRequest } from '../system/pacs-gate.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { failedStore, storedUid } from '../system/store-answers.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

const sign = async ({ identity }: PhantomStudy) => {
  expect(await play.installation.tell({ form: 'ORU^R01', identity, resultStatus: 'F' })).toBe('AA');
};
const switchOff = () => play.installation.configure({ pacs: play.pacs, state: 'off' });
const hold = async ({ studyInstanceUid }: PhantomStudy) => {
  const story = await play.installation.story(studyInstanceUid);
  await play.installation.resources.ledger.transaction((tx) =>
    tx.moves.study(story?.study.id ?? '', 'held', { who: 'trigger', why: 'Patient ID differs' }),
  );
};

/**
 * Both stores are cut before any answer; the PACS has them when the promise is kept. While the next attempts
 * look for them, something happens. Returns once both attempts have decided.
 */
async function unanswered(
  lands: Promise<void>,
  happens: (study: PhantomStudy) => Promise<void>,
): Promise<string> {
  const cut = new Set<string>();
  const looks = Promise.withResolvers<void>();
  const looked = new Set<string>();
  const isLook = ({ method, path }: SeenRequest) =>
    method === 'GET' ? [...cut].find((uid) => path.endsWith(`/instances/${uid}`)) : undefined;
  play.pacs.gate.disturb((request) => {
    if (isStore(request) && cut.size < 2) {
      cut.add(storedUid(request.body));
      return { lands };
    }
    const look = isLook(request);
    if (look) looked.add(look);
    return look ? { wait: looks.promise } : undefined;
  });
  const study = await play.announced();
  await until('both are looked for', async () => (looked.size === 2 ? true : undefined));
  await happens(study);
  looks.resolve();
  return study.studyInstanceUid;
}

describe.each([
  { what: 'the report was signed', happens: sign, left: 'not-sent', last: 'final' },
  { what: 'the rule was switched off', happens: switchOff, left: 'not-sent', last: '' },
  { what: 'the study is held', happens: hold, left: 'held', last: '' },
])('a store that was never answered, when meanwhile $what', ({ happens, left }) => {
  async function inDoubt(lands: Promise<void>): Promise<string> {
    const uid = await unanswered(lands, async (study) => {
      await happens(study);
      if (happens === sign)
        await play.installation.storyWhen(
          study.studyInstanceUid,
          'the signature is known',
          (story) => story.study.readingState === 'final',
        );
    });
    const doubt = await play.installation.storyWhen(uid, 'it is said that they may be stored', (story) =>
      story.deliveries.every((each) => /may be stored/u.test(each.stateReason ?? '')),
    );
    expect(statesOf(doubt)).toEqual(['attempted', 'attempted']);
    expect(isWellSettled(doubt)).toBe(false);
    const status = statusLines(await readStatus(play.installation.resources)).join('\n');
    expect(status).toMatch(
      new RegExp(
        `may be stored study ${uid}: .*, what came of the store at 20\\S+Z is open: .*may or may not have stored`,
        'u',
      ),
    );
    const told = storyLines(await storyOf(play.installation.resources, uid)).join('\n');
    expect(told).toMatch(/text-report of ct-lung-densitometry to pacs: attempted \(it may be stored/u);
    return uid;
  }

  it('is looked for, and found when it lands late', async () => {
    const landing = Promise.withResolvers<void>();
    const uid = await inDoubt(landing.promise);
    landing.resolve();
    await until('the archive has them', async () =>
      (await play.pacs.evidence(uid)).length === 2 ? true : undefined,
    );
    const story = await play.hastenedUntil(
      uid,
      'both are proven',
      (each) => statesOf(each).join() === 'verified,verified',
    );
    expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
  }, 120_000);

  it('is kept back only once it was looked for a day', async () => {
    const uid = await inDoubt(never);
    await play.forgetTheTime(uid);
    const story = await play.installation.storyWhen(
      uid,
      'both are kept back',
      (each) => statesOf(each).join() === `${left},${left}`,
    );
    for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/looked for until now/u);
    expect(await play.pacs.evidence(uid)).toEqual([]);
  }, 120_000);
});

it('a store that was never answered is said where the delivery is given up, and looked for when it is retried', async () => {
  const landing = Promise.withResolvers<void>();
  const stop = play.pacs.gate.disturb((request) =>
    isStore(request) ? { lands: landing.promise } : undefined,
  );
  const study = await play.announced();
  const uid = study.studyInstanceUid;
  await play.hastenedUntil(uid, 'both are given up', (story) => statesOf(story).join() === 'dead,dead');
  const dead = await play.installation.settled(uid);
  expect(statesOf(dead)).toEqual(['dead', 'dead']);
  for (const { stateReason } of dead.deliveries) expect(stateReason).toMatch(/may be stored all the same/u);
  stop();
  landing.resolve();
  await until('the archive has them', async () =>
    (await play.pacs.evidence(uid)).length === 2 ? true : undefined,
  );
  await sign(study);
  await play.installation.storyWhen(uid, 'it is signed', (story) => story.study.readingState === 'final');
  const stores = play.pacs.gate.seen('POST', uid).length;
  for (const { id, rowId } of await play.letters())
    if (dead.deliveries.some(({ deliveryId }) => deliveryId === rowId))
      await retryDeadLetter(play.installation.resources.ledger, id, 'person:pat', 'the network is mended');
  await play.hastenedUntil(uid, 'both are proven', (story) => statesOf(story).join() === 'verified,verified');
  expect(play.pacs.gate.seen('POST', uid)).toHaveLength(stores);
}, 120_000);

describe('what is said of a store that may have taken place', () => {
  const lines = async () => statusLines(await readStatus(play.installation.resources));
  const ofStudy = (said: readonly string[], uid: string) =>
    said.filter((each) => each.startsWith(`may be stored study ${uid}`));

  it('is that the server did answer, where it did', async () => {
    play.pacs.gate.disturb((request) => {
      if (!isStore(request)) return undefined;
      const { answer } = failedStore(request, 0x0110);
      return {
        answer: { ...answer, body: answer.body?.replaceAll(storedUid(request.body), '2.25.1') ?? '' },
      };
    });
    const { studyInstanceUid: uid } = await play.announced();
    const dead = await play.hastenedUntil(uid, 'given up', (each) => statesOf(each).join() === 'dead,dead');
    const answered = /The server's answer \(HTTP 409\) does not say what became of the object/u;
    for (const { stateReason } of dead.deliveries) {
      expect(stateReason).toMatch(answered);
      expect(stateReason).toMatch(/It may be stored all the same/u);
    }
    const said = ofStudy(await lines(), uid);
    expect(said).toHaveLength(2);
    for (const each of said) expect(each).toMatch(answered);
    expect([...said, ...dead.deliveries.map(({ stateReason }) => stateReason)].join()).not.toMatch(
      /never|not answered/u,
    );
  }, 120_000);

  it('is of the store that may have, not of a later one that the server refused', async () => {
    const cut = new Set<string>();
    play.pacs.gate.disturb((request) => {
      if (!isStore(request)) return undefined;
      const uid = storedUid(request.body);
      if (cut.has(uid)) return failedStore(request, 0xa700);
      cut.add(uid);
      return { lands: never };
    });
    const { studyInstanceUid: uid } = await play.announced();
    const first = await play.installation.storyWhen(
      uid,
      'both may be stored',
      ({ deliveries }) =>
        deliveries.length === 2 && deliveries.every(({ inDoubtSince }) => inDoubtSince !== null),
    );
    const since = new Map(first.deliveries.map((each) => [each.deliveryId, each.inDoubtSince?.getTime()]));
    const dead = await play.hastenedUntil(uid, 'given up', (each) => statesOf(each).join() === 'dead,dead');
    for (const { deliveryId, inDoubtSince, stateReason } of dead.deliveries) {
      expect(inDoubtSince?.getTime()).toBe(since.get(deliveryId));
      expect(stateReason).toContain(`what came of the store at ${inDoubtSince?.toISOString()} is open: `);
      expect(stateReason).toMatch(/failure reason A700.*all the same: .*may or may not have stored/u);
    }
    for (const each of ofStudy(await lines(), uid))
      expect(each).toMatch(/is open: .*may or may not have stored/u);
  }, 120_000);
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Interleaving, isStore, statesOf } from '../system/interleaving.testing.js';
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

const stores = (uid: string) => play.pacs.gate.seen('POST', uid);
const settled = (uid: string, states: string) =>
  play.hastenedUntil(uid, states, (story) => statesOf(story).join() === states);

/** Answers so many requests for each report that was sent with an error. */
function failingLooks(most: number, status = 400): Fault {
  const failed = new Map<string, number>();
  return ({ method, path }) => {
    const uid = method === 'GET' ? /\/instances\/([\d.]+)$/u.exec(path)?.[1] : undefined;
    const isSent = play.pacs.gate.requests.some((each) => isStore(each) && storedUid(each.body) === uid);
    const count = failed.get(uid ?? '') ?? 0;
    if (!uid || !isSent || count >= most) return undefined;
    failed.set(uid, count + 1);
    return { answer: { status } };
  };
}

describe('an answer that denies a store which took place', () => {
  it.each([
    ['403', () => ({ answer: { status: 403 } })],
    ['408', () => ({ answer: { status: 408 } })],
    ['413', () => ({ answer: { status: 413 } })],
    ['429', () => ({ answer: { status: 429 } })],
    ['503', () => ({ answer: { status: 503 } })],
    ['failure reason A700', (request: SeenRequest) => failedStore(request, 0xa700)],
    ['failure reason A900', (request: SeenRequest) => failedStore(request, 0xa900)],
    ['failure reason 0122', (request: SeenRequest) => failedStore(request, 0x0122)],
  ])(
    'by %s is looked behind: verified, and stored once',
    async (_name, answer) => {
      play.pacs.gate.disturb((request) =>
        isStore(request) ? { ...answer(request), taken: true } : undefined,
      );
      const { studyInstanceUid: uid } = await play.announced();
      const story = await settled(uid, 'verified,verified');
      expect(stores(uid)).toHaveLength(2);
      expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
    },
    120_000,
  );

  it.each([0xa900, 0x0122])(
    'by failure reason %p is looked behind again where the archive does not answer the first look',
    async (reason) => {
      const failing = failingLooks(1);
      play.pacs.gate.disturb((request) =>
        isStore(request) ? { ...failedStore(request, reason), taken: true } : failing(request),
      );
      const { studyInstanceUid: uid } = await play.announced();
      const story = await settled(uid, 'verified,verified');
      expect(stores(uid)).toHaveLength(2);
      expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
    },
    120_000,
  );

  it('and is followed by a cancel leaves no report that the record calls not sent', async () => {
    play.pacs.gate.disturb((request) =>
      isStore(request) ? { answer: { status: 503 }, taken: true } : undefined,
    );
    const study = await play.announced();
    const uid = study.studyInstanceUid;
    await until('both were stored', async () => (stores(uid).length === 2 ? true : undefined));
    const { identity } = study;
    expect(await play.installation.tell({ identity, orderControl: 'CA', orderStatus: 'CA' })).toBe('AA');
    await settled(uid, 'verified,verified');
    expect(stores(uid)).toHaveLength(2);
  }, 120_000);
});

describe('an answer that denies a store which did not take place', () => {
  it('is believed after one look, and leaves no doubt', async () => {
    play.pacs.gate.disturb((request) => (isStore(request) ? { answer: { status: 403 } } : undefined));
    const { studyInstanceUid: uid } = await play.announced();
    const story = await play.installation.settled(uid);
    expect(statesOf(story)).toEqual(['dead', 'dead']);
    for (const { stateReason } of story.deliveries) expect(stateReason).not.toMatch(/may be stored/u);
    expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
    expect(stores(uid)).toHaveLength(2);
  }, 120_000);

  it.each([503, 500, 400])(
    'of one form alone, where the look is answered with %p, is looked behind for a day: the other form carries the findings',
    async (status) => {
      let refused: string | undefined;
      play.pacs.gate.disturb((request) => {
        if (isStore(request)) {
          refused ??= storedUid(request.body);
          return storedUid(request.body) === refused ? failedStore(request, 0x0122) : undefined;
        }
        const isLook = refused !== undefined && request.path.endsWith(`/instances/${refused}`);
        return isLook ? { answer: { status } } : undefined;
      });
      const { studyInstanceUid: uid } = await play.announced();
      const meanwhile = await play.installation.storyWhen(
        uid,
        'one is in doubt',
        (story) => statesOf(story).join() === 'attempted,verified',
      );
      const [doubted] = meanwhile.deliveries.filter(({ state }) => state === 'attempted');
      expect(doubted?.inDoubtSince).not.toBeNull();
      await play.installation.storyWhen(uid, 'that is said', ({ deliveries }) =>
        deliveries.some(({ stateReason }) =>
          /it may be stored: .*failure reason 0122.*is looked for, and not sent again/u.test(
            stateReason ?? '',
          ),
        ),
      );
      await play.forgetTheTime(uid);
      const story = await settled(uid, 'refused,verified');
      expect(story.deliveries.map(({ carried }) => carried)).toEqual([true, true]);
      expect(stores(uid)).toHaveLength(2);
      expect(
        (await play.letters()).filter(({ rowId }) =>
          story.deliveries.some((each) => each.deliveryId === rowId),
        ),
      ).toEqual([]);
    },
    120_000,
  );

  it.each([500, 400])(
    'proves nothing where looks are always answered with %p: given up, and said to be perhaps stored',
    async (status) => {
      const failing = failingLooks(Infinity, status);
      play.pacs.gate.disturb((request) =>
        isStore(request) ? failedStore(request, 0xa900) : failing(request),
      );
      const { studyInstanceUid: uid } = await play.announced();
      const story = await settled(uid, 'dead,dead');
      for (const { inDoubtSince, stateReason } of story.deliveries) {
        expect(inDoubtSince).not.toBeNull();
        expect(stateReason).toMatch(/It may be stored all the same: .*failure reason A900/u);
      }
      expect(stores(uid)).toHaveLength(2);
    },
    120_000,
  );

  it('is believed at the first look that is answered', async () => {
    const failing = failingLooks(1);
    play.pacs.gate.disturb((request) => (isStore(request) ? failedStore(request, 0xa900) : failing(request)));
    const { studyInstanceUid: uid } = await play.announced();
    const story = await settled(uid, 'dead,dead');
    for (const { stateReason } of story.deliveries) expect(stateReason).not.toMatch(/may be stored/u);
    expect(story.deliveries.map(({ inDoubtSince }) => inDoubtSince)).toEqual([null, null]);
  }, 120_000);

  it.each([500, 501])(
    'for a moment is followed by a store where searches of instances are answered with %p',
    async (status) => {
      const study = await makePhantom();
      const gone = new Set<string>();
      play.pacs.gate.disturb((request) => {
        if (isStore(request)) {
          const sent = storedUid(request.body);
          if (gone.has(sent)) return undefined;
          gone.add(sent);
          return { answer: { status: 502 } };
        }
        const isOfImages = request.path.includes(`/series/${study.seriesInstanceUid}/`);
        const isOfEvidence = /\/series\/.*\/instances\?|\/instances\?.*00080018=/u.test(request.path);
        return isOfEvidence && !isOfImages ? { answer: { status } } : undefined;
      });
      const { studyInstanceUid: uid } = await play.announced(study);
      await settled(uid, 'verified,verified');
    },
    120_000,
  );

  it('because the account is refused is believed without a look', async () => {
    const before = play.pacs.gate.requests.length;
    const fault = play.pacs.gate.disturb((request) =>
      isStore(request) ? { answer: { status: 401 } } : undefined,
    );
    const { studyInstanceUid: uid } = await play.announced();
    // While a store is under way it is in doubt.
    await play.installation.storyWhen(
      uid,
      'it is refused, and in no doubt',
      ({ openSteps, deliveries }) =>
        openSteps.some(({ reason }) => /refused our credentials/u.test(reason ?? '')) &&
        deliveries.map(({ inDoubtSince }) => inDoubtSince).join() === [null, null].join() &&
        deliveries.length === 2,
    );
    const requests = play.pacs.gate.requests.slice(before);
    const first = requests.findIndex(isStore);
    const sent = requests.filter(isStore).map(({ body }) => storedUid(body));
    const looks = requests.slice(first).filter(({ path }) => sent.some((each) => path.endsWith(each)));
    expect(looks).toEqual([]);
    fault();
    // Another version of the node is another account, which nothing was refused to.
    await play.installation.configure({ pacs: play.pacs, node: { timeZone: 'Asia/Tokyo' } });
  }, 120_000);
});

/** The body with another digit at the end of a UID, wherever that stands. */
const otherwise = (uid: string) => (body: Buffer) => {
  const other = uid.slice(0, -1) + String((Number(uid.at(-1)) % 9) + 1);
  return Buffer.from(body.toString('latin1').replaceAll(uid, other), 'latin1');
};
/** Series Instance UID (0020,000E) of the file in a store request. */
function seriesUid({ body }: SeenRequest): string {
  const text = body.toString('latin1');
  return /2\.25\.\d+/u.exec(text.slice(text.indexOf('\x20\0\x0e\0UI')))?.[0] ?? '';
}
const json = (body: object) => ({ status: 200, type: 'application/dicom+json', body: JSON.stringify(body) });
const claims = (uid: string) => {
  const item = { '00081155': { vr: 'UI', Value: [uid] } };
  return json({ '00081199': { vr: 'SQ', Value: [item] } });
};

describe('a server that stores under another', () => {
  it.each<[string, Fault]>([
    [
      'SOP Instance UID, and says so',
      (request) => {
        const uid = storedUid(request.body);
        const changed = otherwise(uid);
        const named = changed(Buffer.from(uid)).toString();
        return { answer: claims(named), taken: changed };
      },
    ],
    [
      'SOP Instance UID, with an empty answer',
      ({ body }) => ({ answer: { status: 202 }, taken: otherwise(storedUid(body)) }),
    ],
    [
      'SOP Instance UID, and claims ours',
      (request) => {
        const uid = storedUid(request.body);
        return { answer: claims(uid), taken: otherwise(uid) };
      },
    ],
    [
      'SOP Instance UID, and fails',
      ({ body }) => ({ answer: { status: 502 }, taken: otherwise(storedUid(body)) }),
    ],
    [
      'Series Instance UID',
      (request) => ({ answer: claims(storedUid(request.body)), taken: otherwise(seriesUid(request)) }),
    ],
  ])(
    '%s gets each report once, and a person is told',
    async (_name, fault) => {
      play.pacs.gate.disturb((request) => (isStore(request) ? fault(request) : undefined));
      const { studyInstanceUid: uid } = await play.announced();
      const story = await until('both are given up', async () => {
        await play.installation.rows(`UPDATE delivery SET stored_at = stored_at - interval '1 hour'`);
        await play.hasten();
        const now = await play.installation.story(uid);
        return now && statesOf(now).join() === 'dead,dead' ? now : undefined;
      });
      expect(stores(uid)).toHaveLength(2);
      expect(await play.pacs.evidence(uid)).toHaveLength(2);
      for (const { stateReason } of story.deliveries)
        expect(stateReason).toMatch(/stores objects under other UIDs/u);
      expect((await play.letters()).map(({ code }) => code)).toContain('deliver.stored-otherwise');
    },
    120_000,
  );

  it.each([
    { searches: 'fail for a while', most: 4, stored: 2, code: 'deliver.stored-otherwise' },
    { searches: 'always fail', most: Infinity, stored: 4, code: 'deliver.search-unanswered' },
  ])(
    'SOP Instance UID, and fails, while searches $searches, is told to a person: $code',
    async ({ most, stored, code }) => {
      const study = await makePhantom();
      const failed = new Map<string, number>();
      play.pacs.gate.disturb((request) => {
        if (isStore(request)) return { answer: { status: 500 }, taken: otherwise(storedUid(request.body)) };
        const isOfImages = request.path.includes(`/series/${study.seriesInstanceUid}/`);
        const search = /\/series\/.*\/instances\?|\/instances\?.*00080018=/u.exec(request.path)?.input;
        const count = failed.get(search ?? '') ?? 0;
        if (search === undefined || isOfImages || count >= most) return undefined;
        failed.set(search, count + 1);
        return { answer: { status: 500 } };
      });
      const { studyInstanceUid: uid } = await play.announced(study);
      await settled(uid, 'dead,dead');
      expect(stores(uid)).toHaveLength(stored);
      expect((await play.letters()).map((letter) => letter.code)).toContain(code);
    },
    120_000,
  );

  it('study, of which nothing is seen, gets it once more and no more', async () => {
    play.pacs.gate.disturb((request) =>
      isStore(request) ? { answer: claims(storedUid(request.body)) } : undefined,
    );
    const { studyInstanceUid: uid } = await play.announced();
    await until('both are given up', async () => {
      await play.installation.rows(`UPDATE delivery SET stored_at = stored_at - interval '1 hour'`);
      await play.hasten();
      const now = await play.installation.story(uid);
      return now && statesOf(now).join() === 'dead,dead' ? now : undefined;
    });
    expect(stores(uid)).toHaveLength(4);
  }, 120_000);
});

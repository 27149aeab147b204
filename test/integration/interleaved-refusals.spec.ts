import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retryDeadLetter } from '@prelector/pipeline';
import { acceptanceLines, readAcceptances } from '../../apps/prelector/src/commands/acceptance.js';
import { isWellSettled } from '../../apps/prelector/src/commands/follow-study.js';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { storyLines, storyOf } from '../../apps/prelector/src/commands/study.js';
import { Interleaving, isStore, never, statesOf } from '../system/interleaving.testing.js';
import { failedStore, forms, storedUid } from '../system/store-answers.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

const settled = async () => play.installation.settled((await play.announced()).studyInstanceUid);

/** Refuses one form, until the returned function is called. */
const refuseFirst = () =>
  play.pacs.gate.disturb((request) =>
    isStore(request) && request.body.includes(forms[0]) ? failedStore(request, 0x0122) : undefined,
  );

describe('a server that takes none of the forms', () => {
  /** Answers the store of each form only once all of them have come, so that they are worked on together. */
  function refuseTogether(): void {
    const seen = new Set<string>();
    const all = Promise.withResolvers<void>();
    play.pacs.gate.disturb((request) => {
      const form = forms.find((each) => isStore(request) && request.body.includes(each));
      if (!form) return undefined;
      seen.add(form);
      if (seen.size === forms.length) all.resolve();
      return { ...failedStore(request, 0x0122), after: all.promise };
    });
  }

  it('is a dead letter though the refusals come together; retried, it is really asked again', async () => {
    refuseTogether();
    const story = await settled();
    expect(statesOf(story)).toEqual(['dead', 'refused']);
    expect(isWellSettled(story)).toBe(false);
    const refused = story.deliveries.find(({ state }) => state === 'refused');
    expect(refused).toMatchObject({ carried: false });
    for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/nothing carries/u);
    const open = await play.letters();
    expect(open.map(({ code }) => code)).toEqual(['deliver.nothing-accepted']);

    const { resources } = play.installation;
    const status = await readStatus(resources);
    const dead = story.deliveries.find(({ state }) => state === 'dead');
    const uid = story.study.studyInstanceUid;
    expect(status.deadLetters).toMatchObject([
      {
        rowId: dead?.deliveryId,
        studyInstanceUids: [uid],
        model: 'ct-lung-densitometry 1.0.0',
        report: dead?.kind,
        nodes: ['pacs'],
        orderId: null,
      },
    ]);
    const lines = statusLines(status);
    const at = `  ${status.deadLetters[0]?.at.toISOString()} `;
    expect(lines[lines.indexOf('dead letters  1') + 1]).toMatch(
      new RegExp(
        `^${at}deliver ${dead?.kind} of ct-lung-densitometry 1.0.0 to pacs, study ${uid}: deliver.nothing-accepted: The server`,
        'u',
      ),
    );
    const told = storyLines(await storyOf(resources, uid));
    expect(told).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^ {2}given up: deliver: The server .*: prelector retry ${open[0]?.id} --reason "..."\\)$`,
          'u',
        ),
      ),
    );
    expect(told[1]).toMatch(/^ {2}accession \S+$/u);
    expect(lines.at(-1)).toBe(
      `    prelector study ${uid}; once that is mended: prelector retry ${open[0]?.id} --reason "..."`,
    );

    play.pacs.gate.calm();
    const { ledger } = play.installation.resources;
    await retryDeadLetter(ledger, open[0]?.id ?? '', 'person:pat', 'SR objects are taken now');
    const after = await play.installation.storyWhen(
      story.study.studyInstanceUid,
      'both are verified',
      (each) => statesOf(each).join() === 'verified,verified',
    );
    expect(isWellSettled(after)).toBe(true);
    expect(await play.letters()).toEqual([]);
    const known = await play.installation.rows('SELECT DISTINCT status FROM acceptance');
    expect(known).toEqual([{ status: 'accepted' }]);
  }, 120_000);

  it('is known for the next study without asking, and said there as well', async () => {
    refuseTogether();
    await settled();
    const story = await settled();
    expect(statesOf(story)).toEqual(['dead', 'refused']);
    expect(play.pacs.gate.seen('POST', story.study.studyInstanceUid)).toEqual([]);
    await play.expectNothingSilent(story);
  }, 120_000);
});

describe('a server that takes none of the forms, and answers no look for what it does not have', () => {
  const looks = /\/instances\/[\d.]+$/u;
  /** Refuses what `refuses` says, and answers looks for what was sent with an error. */
  function refuseUnseen(status: number, refuses: (body: Buffer) => boolean = () => true) {
    const sent = new Set<string>();
    play.pacs.gate.disturb((request) => {
      if (isStore(request)) {
        sent.add(storedUid(request.body));
        return refuses(request.body) ? failedStore(request, 0x0122) : undefined;
      }
      const uid = request.method === 'GET' ? looks.exec(request.path)?.[0].split('/').at(-1) : undefined;
      return uid && sent.has(uid) ? { answer: { status } } : undefined;
    });
  }
  const lettersOf = async (uid: string) => {
    const rows = (await play.installation.story(uid))?.deliveries.map(({ deliveryId }) => deliveryId);
    return (await play.letters()).filter(({ rowId }) => rows?.includes(rowId));
  };
  const inDoubt = (uid: string) =>
    play.installation.storyWhen(
      uid,
      'both are looked for',
      ({ deliveries }) =>
        deliveries.map(({ stateReason }) => /it is looked for/u.test(stateReason ?? '')).join() ===
        'true,true',
    );

  it.each([500, 403, 406])(
    '(%p) is one dead letter after looks of a minute, while the other form is looked for on, and sent again when it is retried',
    async (status) => {
      refuseUnseen(status);
      const { studyInstanceUid: uid } = await play.announced();
      await inDoubt(uid);
      expect(await lettersOf(uid)).toEqual([]);
      await play.forgetThatItMayLand(uid);
      const story = await play.hastenedUntil(uid, 'one is given up', (each) =>
        statesOf(each).includes('dead'),
      );
      expect(statesOf(story)).toEqual(['attempted', 'dead']);
      const dead = story.deliveries.find(({ state }) => state === 'dead');
      expect(dead?.inDoubtSince).not.toBeNull();
      expect(dead?.stateReason).toMatch(/nothing carries the findings.*may be stored all the same/u);
      const [letter, ...more] = await lettersOf(uid);
      expect(letter).toMatchObject({ code: 'deliver.nothing-accepted', rowId: dead?.deliveryId });
      expect(more).toEqual([]);

      play.pacs.gate.calm();
      const { ledger } = play.installation.resources;
      await retryDeadLetter(ledger, letter?.id ?? '', 'person:pat', 'SR objects are taken now');
      await play.installation.storyWhen(
        uid,
        'both are verified',
        (each) => statesOf(each).join() === 'verified,verified',
      );
      expect(await lettersOf(uid)).toEqual([]);
      expect(play.pacs.gate.seen('POST', uid)).toHaveLength(4);
    },
    120_000,
  );

  it('is refused and no dead letter of its own once the other is given up', async () => {
    refuseUnseen(500);
    const { studyInstanceUid: uid } = await play.announced();
    await inDoubt(uid);
    await play.forgetThatItMayLand(uid);
    await play.hastenedUntil(uid, 'one is given up', (each) => statesOf(each).includes('dead'));
    await play.forgetTheTime(uid);
    await play.hastenedUntil(uid, 'the other is refused', (each) => statesOf(each).join() === 'dead,refused');
    expect((await lettersOf(uid)).map(({ code }) => code)).toEqual(['deliver.nothing-accepted']);
  }, 120_000);

  it('is no dead letter where the other form may be stored: what came of its store is not known', async () => {
    const looksAnswered = Promise.withResolvers<void>();
    let cut: string | undefined;
    play.pacs.gate.disturb((request) => {
      if (isStore(request) && request.body.includes(forms[1]) && !cut) {
        cut = storedUid(request.body);
        return { lands: never };
      }
      return cut && request.path.endsWith(`/instances/${cut}`) ? { wait: looksAnswered.promise } : undefined;
    });
    refuseUnseen(500, (body) => body.includes(forms[0]));
    const { studyInstanceUid: uid } = await play.announced();
    const both = await play.installation.storyWhen(uid, 'both may be stored', ({ deliveries }) =>
      deliveries.some(({ stateReason }) => /it is looked for/u.test(stateReason ?? '')),
    );
    await until('the other is looked for', async () =>
      play.pacs.gate.seen('GET', `/instances/${cut}`).length > 0 ? true : undefined,
    );
    const refused = both.deliveries.find(({ sopInstanceUid }) => sopInstanceUid !== cut);
    const looked = () => play.pacs.gate.seen('GET', `/instances/${refused?.sopInstanceUid}`).length;
    await play.forgetThatItMayLand(uid);
    const before = looked();
    const story = await play.hastenedUntil(uid, 'it is looked for again', () => looked() > before + 2);
    expect(statesOf(story)).toEqual(['attempted', 'attempted']);
    expect(await lettersOf(uid)).toEqual([]);

    play.pacs.gate.calm();
    looksAnswered.resolve();
    await play.hastenedUntil(
      uid,
      'the other is verified',
      (each) => statesOf(each).join() === 'refused,verified',
    );
    expect(await lettersOf(uid)).toEqual([]);
  }, 120_000);
});

describe('a form that is refused beside another one', () => {
  it('says that nothing carries the findings when the other was given up', async () => {
    play.pacs.gate.disturb((request) =>
      isStore(request) ? failedStore(request, request.body.includes(forms[0]) ? 0x0122 : 0xc000) : undefined,
    );
    const story = await settled();
    expect(statesOf(story)).toEqual(['dead', 'refused']);
    const refused = story.deliveries.find(({ state }) => state === 'refused');
    expect(refused?.stateReason).toMatch(/nothing carries the findings.*text report: dead/u);
    expect(isWellSettled(story)).toBe(false);
  }, 120_000);

  it('says that nothing carries them yet while the other is on its way', async () => {
    const other = Promise.withResolvers<void>();
    play.pacs.gate.disturb((request) => {
      if (!isStore(request)) return undefined;
      return request.body.includes(forms[0]) ? failedStore(request, 0x0122) : { wait: other.promise };
    });
    const { studyInstanceUid } = await play.announced();
    const story = await play.installation.storyWhen(studyInstanceUid, 'one is refused', ({ deliveries }) =>
      deliveries.some(({ state }) => state === 'refused'),
    );
    const refused = story.deliveries.find(({ state }) => state === 'refused');
    expect(refused?.stateReason).toMatch(/nothing carries the findings yet.*text report/u);
    expect(isWellSettled(story)).toBe(false);
    other.resolve();
    const after = await play.installation.settled(studyInstanceUid);
    expect(after.deliveries.find(({ state }) => state === 'refused')?.stateReason).toMatch(
      /the text report alone carries the findings/u,
    );
    expect(isWellSettled(after)).toBe(true);
  }, 120_000);
});

describe('a refusal that was learnt', () => {
  beforeEach(async () => {
    const stop = refuseFirst();
    expect(statesOf(await settled())).toEqual(['refused', 'verified']);
    stop();
  }, 60_000);

  it('is tried again after the time that the node states, and not before', async () => {
    expect(statesOf(await settled())).toEqual(['refused', 'verified']);
    await play.installation.rows(
      `UPDATE acceptance SET at = at - interval '23 hours' WHERE status = 'refused'`,
    );
    expect(statesOf(await settled())).toEqual(['refused', 'verified']);
    await play.installation.rows(
      `UPDATE acceptance SET at = at - interval '2 hours' WHERE status = 'refused'`,
    );
    expect(statesOf(await settled())).toEqual(['verified', 'verified']);
  }, 120_000);

  it('is tried again when the server states another version than the one that refused', async () => {
    await play.installation.rows(`UPDATE acceptance SET server_version = 'PACS/1.0'`);
    play.pacs.gate.serverName = 'PACS/1.0';
    expect(statesOf(await settled())).toEqual(['refused', 'verified']);
    play.pacs.gate.serverName = 'PACS/2.0';
    expect(statesOf(await settled())).toEqual(['verified', 'verified']);
    const kept = await play.installation.rows('SELECT DISTINCT server_version AS v FROM acceptance');
    expect(kept).toEqual([{ v: 'PACS/2.0' }]);
  }, 120_000);

  it.each(['template', 'transfer_syntax', 'sop_class_uid', 'service'])(
    'speaks of its own %s alone',
    async (column) => {
      await play.installation.rows(`UPDATE acceptance SET ${column} = '1.2.3' WHERE status = 'refused'`);
      expect(statesOf(await settled())).toEqual(['verified', 'verified']);
    },
    120_000,
  );

  it('is shown and forgotten by a command; a study asked for again then gets the form that was refused', async () => {
    const { resources } = play.installation;
    const before = await readAcceptances(resources, { node: 'pacs' });
    const lines = acceptanceLines(before.acceptances).join('\n');
    expect(lines).toMatch(/pacs: .*refused since .*learnt: HTTP 409, failure reason 0122.*sent again from/u);
    expect(lines).toMatch(/pacs: .*accepted since/u);
    await expect(readAcceptances(resources, { node: 'other' })).rejects.toMatchObject({
      code: 'site.node-unknown',
    });

    const reset = { who: 'person:pat', why: 'SR objects are taken now' };
    const after = await readAcceptances(resources, { reset });
    expect(after.forgotten).toBe(1);
    expect(after.acceptances.map(({ status }) => status)).toEqual(['accepted']);
    const said = await play.installation.rows(`SELECT who, why FROM event WHERE what = 'refusals forgotten'`);
    expect(said).toContainEqual(reset);

    const [study] = await play.installation.rows<{ uid: string }>(
      'SELECT study_instance_uid AS uid FROM study ORDER BY first_heard_at DESC LIMIT 1',
    );
    await play.installation.askAgain(study?.uid ?? '');
    await play.installation.storyWhen(
      study?.uid ?? '',
      'both are verified',
      (story) => statesOf(story).join() === 'verified,verified',
    );
  }, 120_000);
});

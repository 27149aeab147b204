import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringOf } from '@prelector/dicom';
import type { StudyStory } from '@prelector/ledger';
import { believedSearches } from '../system/installation.testing.js';
import { Interleaving } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { until } from '../system/until.testing.js';
import { merge } from './trigger.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(async () => {
  await play.afresh();
  await play.installation.configure({ pacs: play.pacs, poll: true });
  await play.installation.polled();
}, 60_000);
afterAll(() => play?.stop(), 60_000);

const patient = 'WRONG-PATIENT';
const isHeld = ({ study }: StudyStory) => study.state === 'held';

/** The same images under their own UIDs, of another patient; the numbers are of equal length. */
function refiled(study: PhantomStudy, to = 'RIGHT-PATIENT'): PhantomStudy {
  const instances = study.instances.map((each) => {
    const text = Buffer.from(each.bytes).toString('latin1');
    return { ...each, bytes: Buffer.from(text.replaceAll(study.identity.patientId ?? '', to), 'latin1') };
  });
  return { ...study, instances };
}

async function delivered(patientId = patient): Promise<PhantomStudy> {
  const study = await makePhantom({ patientId });
  await play.pacs.push(study);
  await play.installation.storyWhen(
    study.studyInstanceUid,
    'the reports are verified',
    ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
  );
  return study;
}

describe('an archive that files a study under another patient', () => {
  it('after its reports were delivered has the study held, and a person told', async () => {
    const study = await delivered();
    await play.pacs.remove(study.studyInstanceUid);
    await play.pacs.push(refiled(study));
    const held = await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
    expect(held.study.stateReason).toMatch(
      /under another identity .* Patient ID.* reports stand with the right/u,
    );
    expect(held.study.stateReason).not.toMatch(/PATIENT/u);
  }, 120_000);

  it('after its reports were delivered has the study go on once we hear that the patients were merged', async () => {
    const study = await delivered('MERGED-AWAY-1');
    const uid = study.studyInstanceUid;
    await play.pacs.remove(uid);
    await play.pacs.push(refiled(study, 'MERGED-INTO-1'));
    await play.installation.storyWhen(uid, 'the study is held', isHeld);
    expect(await play.installation.send(merge('MERGED-INTO-1', 'MERGED-AWAY-1'))).toBe('AA');
    const story = await play.installation.storyWhen(
      uid,
      'the reports under the new number are verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 4,
    );
    expect(story.study.state).toBe('complete');
    for (const { dataset } of await play.pacs.evidence(uid))
      expect(stringOf(dataset, '00100020')).toBe('MERGED-INTO-1');
  }, 120_000);

  it('to follow a merge that we heard of while reports stand in the gate has them encoded anew', async () => {
    const study = await makePhantom({ patientId: 'MERGED-AWAY-2' });
    const uid = study.studyInstanceUid;
    await play.installation.configure({ pacs: play.pacs, poll: true, node: believedSearches });
    const open = Promise.withResolvers<void>();
    let asked = 0;
    play.pacs.gate.disturb(({ method, path }) => {
      if (method !== 'GET' || !path.includes(uid) || !/\/instances\/[0-9.]+$/u.test(path)) return undefined;
      asked += 1;
      // The first is of the encoding, those after it are of the gates.
      return asked > 1 ? { wait: open.promise } : undefined;
    });
    await play.pacs.push(study);
    await until('both are at the gate', async () => (asked === 3 ? true : undefined));
    expect(await play.installation.send(merge('MERGED-INTO-2', 'MERGED-AWAY-2'))).toBe('AA');
    await play.pacs.remove(uid);
    await play.pacs.push(refiled(study, 'MERGED-INTO-2'));
    open.resolve();
    await play.hastenedUntil(
      uid,
      'the reports under the new number are verified',
      ({ deliveries }) =>
        deliveries
          .map(({ state }) => state)
          .sort()
          .join() === 'superseded,superseded,verified,verified',
    );
    const stored = await play.pacs.evidence(uid);
    expect(stored.map(({ dataset }) => stringOf(dataset, '00100020'))).toEqual([
      'MERGED-INTO-2',
      'MERGED-INTO-2',
    ]);
  }, 120_000);

  it('and leaves the old one there has the study held as one of two patients', async () => {
    const study = await delivered();
    await play.pacs.push(refiled(study), 0, 20);
    const held = await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
    expect(held.study.stateReason).toMatch(/two patients.*Patient ID|another identity.*Patient ID/u);
  }, 120_000);

  it('while its images arrive has nothing delivered', async () => {
    const study = await makePhantom({ patientId: patient });
    await play.pacs.push(study, 0, 20);
    await play.pacs.push(refiled(study), 20);
    const held = await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
    expect(held.study.stateReason).toMatch(/Patient ID/u);
    expect(await play.pacs.evidence(study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it.each([
    ['the poll', true],
    ['an order', false],
  ])(
    'because one image states no Patient ID has the study held where %s announces it',
    async (_who, poll) => {
      await play.installation.configure({ pacs: play.pacs, poll });
      const study = await makePhantom({ patientId: patient });
      const silent = withRawElements(study, [['00100020', 'LO', Buffer.alloc(0)]]);
      await play.pacs.push(silent, 0, 1);
      await play.pacs.push(study, 1);
      if (!poll) expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
      const held = await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
      expect(held.study.stateReason).toMatch(/two patients: one of them without a Patient ID\. .* correct/u);
      expect(await play.pacs.evidence(study.studyInstanceUid)).toEqual([]);
    },
    120_000,
  );
});

describe('a study whose Study Instance UID is none', () => {
  it('is told by the poll that passes it over, and hides no other', async () => {
    const unusable = withRawElements(await makePhantom(), [
      ['0020000D', 'UI', Buffer.from('1.2.826.77.5.\0')],
    ]);
    await play.pacs.pushAsItIs(unusable.instances[0]?.bytes ?? new Uint8Array(0));
    const told = await until('the poll tells it', async () => {
      const [row] = await play.installation.rows<{ error: string; at: Date | null }>(
        `SELECT last_error AS error, last_finished_at AS at FROM poll_window
         WHERE last_error_code = 'poll.unusable-uid'`,
      );
      return row;
    });
    expect(told.error).toMatch(/Study Instance UID that is none .* \(1 in the window\)$/u);
    expect(told.at).not.toBeNull();
    await delivered();
  }, 120_000);
});

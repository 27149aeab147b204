import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringOf } from '@prelector/dicom';
import { Interleaving } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

let play: Interleaving;
beforeAll(async () => {
  // The simulator keeps each file as it came, also where two patients stand in one series.
  play = await Interleaving.start(TestPacs.startSimulator());
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

/** The same images, of another patient; the numbers are of equal length, so that nothing else changes. */
function asOther(study: PhantomStudy, patientId: string): PhantomStudy {
  const instances = study.instances.map((each) => {
    const text = Buffer.from(each.bytes).toString('latin1');
    return { ...each, bytes: Buffer.from(text.replaceAll('MERGED-AWAY-1', patientId), 'latin1') };
  });
  return { ...study, instances };
}

const isHeld = ({ study }: { study: { state: string } }) => study.state === 'held';

/** Ten slices of one patient and 28 of another in one series: held, and released by a person. */
async function released(): Promise<PhantomStudy> {
  const study = await makePhantom({ patientId: 'MERGED-AWAY-1' });
  const merged = asOther(study, 'MERGED-INTO-1');
  await play.pacs.push(study, 0, 10);
  await play.pacs.push(merged, 10, 38);
  expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
  const uid = study.studyInstanceUid;
  const held = await play.installation.storyWhen(uid, 'the study is held', isHeld);
  expect(held.study.stateReason).toMatch(/Patient ID/u);
  await play.installation.release(uid, 'the patients were merged');
  await play.installation.storyWhen(
    uid,
    'the reports are verified',
    ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
  );
  return study;
}

describe('a release', () => {
  it('covers the identities that the study showed, for images that come later as well', async () => {
    const study = await released();
    await play.pacs.push(study, 38);
    expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
    const story = await play.installation.storyWhen(
      study.studyInstanceUid,
      'the later reports are verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 4,
    );
    expect(story.study.state).toBe('complete');
  }, 120_000);

  it("does not cover another patient's images of the next day: they hold the study again", async () => {
    const study = await released();
    const uid = study.studyInstanceUid;
    await play.pacs.push(asOther(study, 'SOMEBODY-ELSE'), 38);
    expect(await play.installation.tell({ identity: study.identity })).toBe('AA');
    const story = await play.installation.storyWhen(uid, 'the study is held again', isHeld);
    expect(story.study.stateReason).toMatch(/Patient ID/u);
    expect(story.study.stateReason).not.toMatch(/SOMEBODY|MERGED/u);
    expect(story.runs.map(({ state }) => state).sort()).toEqual(['done', 'held']);
    const stored = await play.pacs.evidence(uid);
    expect(stored).toHaveLength(2);
    for (const { dataset } of stored) expect(stringOf(dataset, '00100020')).toMatch(/MERGED/u);
  }, 120_000);

  it('does not cover an order that comes to name another patient', async () => {
    const study = await released();
    const uid = study.studyInstanceUid;
    const identity = { ...study.identity, patientId: 'SOMEBODY-ELSE' };
    expect(await play.installation.tell({ identity })).toBe('AA');
    const story = await play.installation.storyWhen(uid, 'the study is held again', isHeld);
    expect(story.study.stateReason).toMatch(/order/u);
  }, 120_000);
});

describe('the release of a study that is held over an order of another patient', () => {
  const order = ({ identity }: PhantomStudy, patientId: string) => ({
    identity: { ...identity, patientId },
    fillerOrderNumber: `${identity.accessionNumber}-${patientId}`,
  });
  const tell = async (message: Parameters<typeof play.installation.tell>[0]) =>
    expect(await play.installation.tell(message)).toBe('AA');

  async function heldOverOne(): Promise<PhantomStudy> {
    const study = await makePhantom();
    await play.pacs.push(study);
    await tell(order(study, 'STRANGER-1'));
    await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
    // So that only the release asks the archive of its images from here on.
    await play.installation.settled(study.studyInstanceUid);
    return study;
  }

  it('is refused where the report of a further one comes while the archive is asked', async () => {
    const study = await heldOverOne();
    const { reached, letGo } = play.pacs.gate.hold(/\/instances/u);
    const release = play.installation.release(study.studyInstanceUid, 'it is that patient');
    await reached;
    await tell({ ...order(study, 'STRANGER-2'), resultStatus: 'F' });
    letGo();
    await expect(release).rejects.toMatchObject({ code: 'release.held-anew' });
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(story.study).toMatchObject({ state: 'held', readingState: 'unknown' });
    expect(story.study.stateReason).toMatch(/besides: a further order/u);
    expect(story.orders.map(({ state }) => state)).toEqual(['held', 'held']);
  }, 120_000);

  it('says that it is none of theirs where they are several: no report of theirs keeps a result back', async () => {
    const study = await heldOverOne();
    const uid = study.studyInstanceUid;
    await tell({ ...order(study, 'STRANGER-2'), resultStatus: 'F' });
    await play.installation.storyWhen(uid, 'that is said', ({ study: { stateReason } }) =>
      /besides: a further order/u.test(stateReason ?? ''),
    );
    await play.installation.release(uid, 'the images are of the right patient');
    const story = await play.installation.storyWhen(
      uid,
      'the reports are verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
    );
    expect(story.study.readingState).not.toBe('final');
    expect(story.orders.map(({ state }) => state)).toEqual(['held', 'held']);
    await expect(play.installation.release(uid, 'it is that patient')).rejects.toMatchObject({
      code: 'release.several-patients',
    });
  }, 120_000);
});

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

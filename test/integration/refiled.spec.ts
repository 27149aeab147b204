import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import { Interleaving } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';

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
function refiled(study: PhantomStudy): PhantomStudy {
  const instances = study.instances.map((each) => {
    const text = Buffer.from(each.bytes).toString('latin1');
    return { ...each, bytes: Buffer.from(text.replaceAll(patient, 'RIGHT-PATIENT'), 'latin1') };
  });
  return { ...study, instances };
}

async function delivered(): Promise<PhantomStudy> {
  const study = await makePhantom({ patientId: patient });
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
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { requestAnalysis } from '@prelector/pipeline';
import type { StudyStory } from '@prelector/ledger';
import { Interleaving, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

/** Something happens while a step has read its rows and waits for the archive. */
async function whileItReads(
  path: RegExp,
  change: (study: PhantomStudy) => Promise<unknown>,
  end?: number,
): Promise<StudyStory> {
  const study = await makePhantom();
  const { reached, letGo } = play.pacs.gate.hold(path);
  await play.announced(study, end);
  await reached;
  await change(study);
  letGo();
  const story = await play.installation.settled(study.studyInstanceUid);
  expect(statesOf(story)).toEqual(['verified', 'verified']);
  return story;
}

const readsMetadata = /\/metadata/u;
const tell = async (message: Parameters<typeof play.installation.tell>[0]) =>
  expect(await play.installation.tell(message)).toBe('AA');

/** The steps of runs and deliveries of a study, with their priorities. */
const stepsOf = ({ study }: StudyStory): Promise<{ step: string; priority: number }[]> =>
  play.installation.rows(
    `SELECT s.step, s.priority FROM step s WHERE s.row_id IN (
       SELECT id FROM run WHERE study_id = $1
       UNION SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.study_id = $1)`,
    [study.id],
  );

describe('an order that is heard to be urgent', () => {
  it.each([
    ['the selection reads metadata', readsMetadata],
    ['the run fetches images', /\/series\/[0-9.]+$/u],
    ['the encoding reads who the patient is', /\/instances\/[0-9.]+$/u],
  ])(
    'while %s raises everything that follows',
    async (_when, path) => {
      const story = await whileItReads(path, ({ identity }) => tell({ identity, priority: 'S' }));
      expect(story.study.priority).toBe(1);
      const steps = await stepsOf(story);
      expect(steps.map(({ step }) => step).sort()).toEqual(['deliver', 'deliver', 'encode', 'run']);
      for (const each of steps) expect(each).toMatchObject({ priority: 1 });
    },
    120_000,
  );

  it('raises also what is done, so that it is urgent once it is taken up again', async () => {
    const study = await play.announced(await makePhantom());
    await play.installation.settled(study.studyInstanceUid);
    await tell({ identity: study.identity, priority: 'S' });
    const story = await play.installation.settled(study.studyInstanceUid);
    for (const each of await stepsOf(story)) expect(each).toMatchObject({ priority: 1 });
  }, 120_000);
});

describe('while the selection reads metadata', () => {
  const runsOf = ({ study }: StudyStory) =>
    play.installation.rows(
      `SELECT r.revision, r.completion_no, (SELECT count(*)::int FROM run_input WHERE run_id = r.id) AS images
       FROM run r WHERE r.study_id = $1`,
      [study.id],
    );
  const completionsDecided = ({ study }: StudyStory) =>
    play.installation.rows(`SELECT DISTINCT completion_no FROM verdict WHERE study_id = $1`, [study.id]);

  it('a study that is completed anew is selected from anew', async () => {
    const story = await whileItReads(
      readsMetadata,
      async (study) => {
        await play.pacs.push(study, 38);
        await tell({ identity: study.identity });
        await play.installation.storyWhen(
          study.studyInstanceUid,
          'it is completed anew',
          (each) => each.study.completionNo === 2 && each.study.state === 'complete',
        );
      },
      38,
    );
    expect(await runsOf(story)).toEqual([{ revision: 0, completion_no: 2, images: 40 }]);
    expect(await completionsDecided(story)).toEqual([{ completion_no: 2 }]);
  }, 120_000);

  it('a run that a person asks for again is the only one', async () => {
    const story = await whileItReads(readsMetadata, ({ studyInstanceUid }) =>
      requestAnalysis(play.installation.resources.ledger, {
        nodeName: 'pacs',
        studyInstanceUid,
        who: 'person:pat',
        push: true,
        force: true,
      }),
    );
    expect(await runsOf(story)).toEqual([{ revision: 1, completion_no: 1, images: 40 }]);
  }, 120_000);
});

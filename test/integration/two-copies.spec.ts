import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import { requestAnalysis } from '@prelector/pipeline';
import { TestInstallation, siteOf } from '../system/installation.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

let whole: TestPacs;
let part: TestPacs;
let installation: TestInstallation;

beforeAll(async () => {
  whole = await TestPacs.startSimulator();
  part = await TestPacs.startSimulator();
  installation = await TestInstallation.start();
  const site = siteOf({ pacs: whole }, installation.hl7Port);
  const [other] = siteOf({ pacs: part }, installation.hl7Port).nodes;
  const [node] = site.nodes;
  const [feed] = site.feeds;
  const [rule] = site.rules;
  await installation.apply({
    ...site,
    nodes: [
      { ...node, name: 'whole' },
      { ...other, name: 'part' },
    ] as typeof site.nodes,
    feeds: [{ ...feed, nodes: ['whole', 'part'] }] as typeof site.feeds,
    rules: [{ ...rule, source: ['whole', 'part'] }] as typeof site.rules,
  });
}, 60_000);

afterAll(async () => {
  await installation?.stop();
  await whole?.stop();
  await part?.stop();
}, 60_000);

async function analyseAt(nodeName: string, { studyInstanceUid }: PhantomStudy): Promise<StudyStory> {
  const request = { nodeName, studyInstanceUid, who: 'person:tester', push: true };
  await requestAnalysis(installation.resources.ledger, request);
  await installation.storyWhen(studyInstanceUid, `the copy on ${nodeName} is judged`, ({ copies }) =>
    copies.some((copy) => copy.node === nodeName && copy.completedAt !== null),
  );
  return installation.settled(studyInstanceUid);
}

const verdicts = ({ entries }: StudyStory) =>
  entries.filter(({ kind }) => kind === 'verdict').map(({ why }) => why);

describe.each([
  { lacks: 'a slice in the middle', without: 20 },
  { lacks: 'the last slice', without: 39 },
  { lacks: 'all but some slices at its end', without: 2 },
])('a study of which the copy on another node lacks $lacks', ({ without }) => {
  it.each([{ sequence: ['whole', 'part'] }, { sequence: ['part', 'whole'] }])(
    'is told of by the whole copy, asked for in the sequence $sequence',
    async ({ sequence }) => {
      const study = await makePhantom();
      await whole.push(study);
      await part.push(study, 0, without);
      if (without === 20) await part.push(study, without + 1);
      for (const node of sequence) await analyseAt(node, study);
      const story = await installation.settled(study.studyInstanceUid);
      expect(verdicts(story)).toContainEqual(
        'the copy of the study on PACS node whole has images that this one lacks: that one is analysed',
      );
      const standing = story.deliveries.filter(({ state }) => state === 'verified');
      const [newest] = story.runs;
      expect(newest).toMatchObject({ outcome: 'measured', selection: { slices: study.instances.length } });
      expect(standing.filter(({ runId }) => runId === newest?.id).length).toBeGreaterThan(0);
      const reports = await whole.evidence(study.studyInstanceUid);
      expect(reports.length).toBeGreaterThan(0);
    },
    120_000,
  );
});

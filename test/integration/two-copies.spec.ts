import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import type { SiteConfiguration } from '@prelector/pipeline';
import { requestAnalysis } from '@prelector/pipeline';
import { TestInstallation, siteOf } from '../system/installation.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

let whole: TestPacs;
let part: TestPacs;
let installation: TestInstallation;

beforeAll(async () => {
  whole = await TestPacs.startSimulator();
  part = await TestPacs.startSimulator();
  installation = await TestInstallation.start();
  await installation.apply(siteWith({ source: ['whole', 'part'] }));
}, 60_000);

/** Two nodes, and a rule of them. */
function siteWith(change: Record<string, unknown>): SiteConfiguration {
  const site = siteOf({ pacs: whole }, installation.hl7Port);
  const [other] = siteOf({ pacs: part }, installation.hl7Port).nodes;
  const [node] = site.nodes;
  const [feed] = site.feeds;
  const [rule] = site.rules;
  return {
    ...site,
    nodes: [
      { ...node, name: 'whole' },
      { ...other, name: 'part' },
    ] as typeof site.nodes,
    feeds: [{ ...feed, nodes: ['whole', 'part'] }] as typeof site.feeds,
    rules: [{ ...rule, ...change }] as typeof site.rules,
  };
}

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
      // Before the whole copy has a run the other one may have its own, which gives way.
      const told = expect(verdicts(story));
      if (sequence[0] === 'whole')
        told.toContainEqual(
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

describe('a study of which a fuller copy is not analysed', () => {
  it('is told of by the other copy, and its reports say that there is a fuller one', async () => {
    const study = await makePhantom();
    await whole.push(study);
    await part.push(study, 0, 39);
    whole.gate.disturb(({ path }) =>
      /\/series(?:\?|$)/u.test(path) ? { changeAnswer: ofAnotherModality } : undefined,
    );
    await installation.apply(siteWith({ source: ['whole', 'part'] }));
    await analyseAt('whole', study);
    const story = await analyseAt('part', study);
    expect(story.runs).toMatchObject([
      {
        outcome: 'measured',
        selection: {
          slices: 39,
          notes: expect.arrayContaining([
            'the copy of the study on PACS node whole has images that this one lacks',
          ]),
        },
      },
    ]);
    whole.gate.calm();
  }, 120_000);
});

const ofAnotherModality = (body: Buffer) =>
  Buffer.from(
    JSON.stringify(
      (JSON.parse(body.toString()) as Record<string, unknown>[]).map((series) => ({
        ...series,
        '00080060': { vr: 'CS', Value: ['MR'] },
      })),
    ),
  );

describe('a study whose destination has followed a merge of the patient, while the source of its images has not', () => {
  it('is held with both named, and nothing is stored', async () => {
    const study = await makePhantom({ patientId: 'OLD-1' });
    const { studyInstanceUid } = study;
    await whole.push(study);
    await part.push(withRawElements(study, [['00100020', 'LO', Buffer.from('NEW-1')]]));
    const site = siteWith({ source: ['whole'], destinations: ['part'] });
    await installation.apply(site);
    await analyseAt('whole', study);
    const merge = [
      'MSH|^~\\&|HIS|HOSP|PRELECTOR|AI|20261127120000||ADT^A40^ADT_A39|MERGE1|P|2.5',
      'PID|1||NEW-1',
      'MRG|OLD-1',
    ];
    expect(await installation.send(Buffer.from(merge.join('\r')))).toBe('AA');
    await installation.release(studyInstanceUid, 'the archive will not follow');
    const story = await installation.settled(studyInstanceUid);
    expect(story.study).toMatchObject({
      state: 'held',
      stateReason: expect.stringMatching(/node part has followed a merge of the patient, and whole/u),
    });
    expect(await part.evidence(studyInstanceUid)).toEqual([]);
  }, 120_000);
});

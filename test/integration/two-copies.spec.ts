import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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

afterEach(() => {
  whole.gate.calm();
  part.gate.calm();
});

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

const ask = async (nodeName: string, { studyInstanceUid }: PhantomStudy) =>
  requestAnalysis(installation.resources.ledger, {
    nodeName,
    studyInstanceUid,
    who: 'person:tester',
    push: true,
  });
const lacksImages = 'the copy of the study on PACS node whole has images that this one lacks';

describe('a study of which the fuller copy cannot be read, as a slice in its middle is missing', () => {
  it.each([
    { sequence: ['whole', 'part'], what: 'one after the other' },
    { sequence: ['part', 'whole'], what: 'one after the other' },
    { sequence: ['part', 'whole'], what: 'the second while the model reads the first' },
  ])(
    'is told of by the other one, in the sequence $sequence, $what',
    async ({ sequence, what }) => {
      const study = await makePhantom();
      const { studyInstanceUid: uid } = study;
      await whole.push(study, 0, 35);
      await whole.push(study, 36);
      await part.push(study, 0, 35);
      await installation.apply(siteWith({ source: ['whole', 'part'] }));
      const held = /while/u.test(what) ? part.gate.hold(/\/series\/[\d.]+$/u) : undefined;
      const [first, second] = sequence as [string, string];
      if (held) {
        await ask(first, study);
        await held.reached;
        await ask(second, study);
        await installation.storyWhen(
          uid,
          'the other one is decided on',
          ({ runs, openSteps }) =>
            runs.some(({ outcome }) => outcome === 'incomplete-input') &&
            openSteps.every(({ step }) => step === 'run'),
        );
        held.letGo();
      } else {
        await analyseAt(first, study);
        await analyseAt(second, study);
      }
      const story = await installation.settled(uid);
      expect(verdicts(story)).not.toContainEqual(expect.stringMatching(/that one is analysed/u));
      const read = story.runs.find(({ outcome }) => outcome === 'measured');
      expect(read?.selection?.slices).toBe(35);
      expect(new Set(story.runs.map(({ outcome }) => outcome))).toEqual(
        new Set(['incomplete-input', 'measured']),
      );
      const standing = story.deliveries.filter(
        ({ runId, state }) => runId === read?.id && state === 'verified',
      );
      expect(standing).toHaveLength(2);
      expect(await part.evidence(uid)).toHaveLength(2);
      // Every copy of which nothing is stored says why.
      const isToldWhy = story.entries.some(
        ({ what: of, why }) => of === 'not encoded' && /could read another copy/u.test(why ?? ''),
      );
      expect((await whole.evidence(uid)).length > 0 || isToldWhy).toBe(true);
    },
    120_000,
  );
});

describe('a study of which the copy that is analysed cannot be fetched any more', () => {
  it.each([
    { copy: 'one that lacks an image', end: 39, notes: [lacksImages] },
    { copy: 'an equal one', end: 40, notes: [] },
  ])(
    'is told of by the other copy, $copy',
    async ({ end, notes }) => {
      const study = await makePhantom();
      const { studyInstanceUid: uid } = study;
      await whole.push(study);
      await part.push(study, 0, end);
      await installation.apply(siteWith({ source: ['whole', 'part'] }));
      const decided = Promise.withResolvers<void>();
      whole.gate.disturb(({ method, path }) =>
        method === 'GET' && /\/series\/[\d.]+$/u.test(path)
          ? { answer: { status: 403 }, after: decided.promise }
          : undefined,
      );
      await ask('whole', study);
      await installation.storyWhen(uid, 'the run is made', ({ runs }) => runs.length === 1);
      await ask('part', study);
      await installation.storyWhen(
        uid,
        'the other copy is decided on',
        ({ copies, openSteps }) =>
          copies.filter(({ completedAt }) => completedAt !== null).length === 2 &&
          openSteps.every(({ step }) => step === 'run'),
      );
      decided.resolve();
      const story = await installation.storyWhen(
        uid,
        'its reports stand',
        ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ state }) => state === 'verified'),
      );
      expect(story.runs[0]).toMatchObject({
        outcome: 'measured',
        selection: { slices: end, notes: expect.arrayContaining(notes) },
      });
      expect(await part.evidence(uid)).toHaveLength(2);
      expect(await whole.evidence(uid)).toEqual([]);
    },
    120_000,
  );

  it('is given up once no copy can be fetched', async () => {
    const study = await makePhantom();
    for (const pacs of [whole, part]) {
      await pacs.push(study);
      pacs.gate.disturb(({ method, path }) =>
        method === 'GET' && /\/series\/[\d.]+$/u.test(path) ? { answer: { status: 403 } } : undefined,
      );
    }
    await installation.apply(siteWith({ source: ['whole', 'part'] }));
    await analyseAt('whole', study);
    const story = await analyseAt('part', study);
    expect(story.runs).toMatchObject([{ state: 'dead' }]);
    const [run] = story.runs;
    const letters = await installation.resources.ledger.pool.deadLetters.open();
    expect(letters.filter(({ rowId }) => rowId === run?.id)).toHaveLength(1);
  }, 120_000);
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

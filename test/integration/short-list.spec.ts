import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUid } from '@prelector/dicom';
import type { StudyStory } from '@prelector/ledger';
import { Interleaving } from '../system/interleaving.testing.js';
import type { Fault, Intervention, SeenRequest } from '../system/pacs-gate.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

/** More attempts than a server that only miscounts is asked. */
const retry = { maximumAttempts: 8, initialDelayMs: 50, maximumDelayMs: 100 };
const beyondPatience = 4;

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start(TestPacs.start(), retry);
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

type Answers = Record<string, { vr?: string; Value?: unknown[] }>[];

const none: Intervention = { answer: { status: 204 } };
const changed = (change: (answers: Answers) => object[]): Intervention => ({
  changeAnswer: (body) => Buffer.from(JSON.stringify(change(JSON.parse(body.toString()) as Answers))),
});
const isOfStudies = ({ path }: SeenRequest) => path.startsWith('/studies?');
const isOfSeries = ({ path }: SeenRequest) => /\/series(?:\?|$)/u.test(path);
const isOfInstances = ({ path }: SeenRequest) => /\/instances(?:\?|$)/u.test(path);
const isMetadata = ({ path }: SeenRequest) => path.endsWith('/metadata');

/** As an archive that has nothing of any study. */
const forgets: Fault = (request) => {
  if (isOfStudies(request) || isOfSeries(request) || isOfInstances(request)) return none;
  return { answer: { status: 404 } };
};

const first = (fault: Fault): Fault => {
  let times = 0;
  return (request) => {
    const wanted = times === 0 ? fault(request) : undefined;
    if (wanted) times += 1;
    return wanted;
  };
};

type Rule = Record<string, unknown>;
const nodeOf = (node: Record<string, unknown>) => ({ overrides: { qido: { text: 'exact' } }, ...node });

/** A study that is complete, all its images seen, while the rule was off, which is on from then on. */
async function completeBeforeTheRule(
  rule: Rule = {},
  study?: PhantomStudy,
  node: Rule = {},
): Promise<PhantomStudy> {
  const { installation, pacs } = play;
  const site = { pacs, node: nodeOf(node) };
  await installation.configure({ ...site, state: 'off', rule });
  const made = await play.announced(study);
  await installation.storyWhen(made.studyInstanceUid, 'it is passed over', ({ entries, openSteps }) => {
    return entries.some(({ why }) => why === 'the rule is off') && openSteps.length === 0;
  });
  // Only a reason that was never given before switches a rule on.
  await installation.configure({ ...site, rule: { ...rule, why: `a test of ${made.studyInstanceUid}` } });
  return made;
}

async function copyOf({ studyInstanceUid }: PhantomStudy): Promise<string> {
  const [copy] = await play.installation.rows<{ id: string }>(
    `SELECT c.id FROM study_copy c JOIN study s ON s.id = c.study_id WHERE s.study_instance_uid = $1`,
    [studyInstanceUid],
  );
  if (!copy) throw new Error('nothing is known of the study');
  return copy.id;
}

/** Has the study selected from, by nothing that looks at it anew. */
async function select(study: PhantomStudy): Promise<void> {
  const rowId = await copyOf(study);
  await play.installation.resources.ledger.transaction((tx) =>
    tx.steps.schedule({ step: 'select', rowId, priority: 0, restart: true }),
  );
}

/** The open dead letters of a selection. */
async function lettersOf(study: PhantomStudy) {
  const copy = await copyOf(study);
  return (await play.letters()).filter(({ rowId }) => rowId === copy);
}

const skips = ({ entries }: StudyStory) =>
  entries
    .filter(({ what, why }) => what === 'skip by rule lungs' && why !== 'the rule is off')
    .map(({ why }) => why);

const failedAtLeast = (times: number, cause: RegExp) => (story: StudyStory) =>
  story.openSteps.some(
    ({ step, failures, reason }) => step === 'select' && failures >= times && cause.test(reason ?? ''),
  );

async function expectMeasuredOnce({ studyInstanceUid, instances }: PhantomStudy): Promise<void> {
  const story = await play.hastenedUntil(
    studyInstanceUid,
    'it is decided',
    ({ runs, openSteps, ...rest }) =>
      openSteps.length === 0 && (runs.length > 0 || skips({ runs, openSteps, ...rest }).length > 0),
  );
  expect(skips(story)).toEqual([]);
  expect(story.runs).toHaveLength(1);
  expect(story.runs[0]).toMatchObject({ outcome: 'measured', selection: { slices: instances.length } });
}

/** The series of the study give way to a document, which the server counts like them. */
const onlyADocument = (document: string) =>
  changed((answers) =>
    answers.slice(0, 1).map((each) => ({
      ...each,
      '0020000E': { vr: 'UI', Value: [document] },
      '00080060': { vr: 'CS', Value: ['KO'] },
      '00201209': { vr: 'IS', Value: [1] },
    })),
  );

const threeOf = (answers: Answers) => answers.slice(0, 3);
const cutToThree: Fault = (request) => {
  if (isOfSeries(request))
    return changed((answers) => answers.map((each) => ({ ...each, '00201209': { vr: 'IS', Value: [3] } })));
  return isMetadata(request) || isOfInstances(request) ? changed(threeOf) : undefined;
};

const lacks = /does not show \d+ of 40 instances, and [01] of 1 series, that it had/u;

describe('while a study is selected from, an archive that', () => {
  it.each<{ what: string; fault: Fault; rule?: Rule }>([
    {
      what: 'lists no series once',
      fault: first((request) => (isOfSeries(request) ? none : undefined)),
    },
    {
      what: 'lists a document alone once',
      fault: first((request) => (isOfSeries(request) ? onlyADocument(randomUid()) : undefined)),
    },
    {
      what: 'lists no series once, where the rule has no condition',
      fault: first((request) => (isOfSeries(request) ? none : undefined)),
      rule: { conditions: {} },
    },
    {
      what: 'does not find the study once, of which the rule asks the description',
      fault: first((request) => (isOfStudies(request) ? none : undefined)),
      rule: { conditions: { studyDescription: ['*chest*'] } },
    },
  ])(
    '$what is asked again, and the study is measured',
    async ({ fault, rule }) => {
      const study = await completeBeforeTheRule(rule);
      play.pacs.gate.disturb(fault);
      await select(study);
      await expectMeasuredOnce(study);
    },
    120_000,
  );

  it.each<{ what: string; fault: Fault; cause: RegExp; rule?: Rule }>([
    { what: 'forgets it for a while', fault: forgets, cause: lacks },
    {
      what: 'lists no series for a while',
      fault: (request) => (isOfSeries(request) ? none : undefined),
      cause: lacks,
    },
    {
      what: 'lists a document alone for a while',
      fault: (request) => (isOfSeries(request) ? onlyADocument('2.25.7') : undefined),
      cause: lacks,
    },
    { what: 'has three of its images for a while', fault: cutToThree, cause: lacks },
    {
      what: 'does not find it for a while',
      fault: (request) => (isOfStudies(request) ? none : undefined),
      cause: /lists series of the study, and does not find the study/u,
      rule: { conditions: { studyDescription: ['*chest*'] } },
    },
  ])(
    '$what is asked until it answers, with the cause in words',
    async ({ fault, cause, rule }) => {
      const study = await completeBeforeTheRule(rule);
      play.pacs.gate.disturb(fault);
      await select(study);
      const waiting = await play.hastenedUntil(
        study.studyInstanceUid,
        'it has waited for long, or was decided',
        (story) => failedAtLeast(beyondPatience, cause)(story) || skips(story).length > 0,
      );
      expect(skips(waiting)).toEqual([]);
      play.pacs.gate.calm();
      await expectMeasuredOnce(study);
      expect(await lettersOf(study)).toEqual([]);
    },
    120_000,
  );

  it('counts all images of a series, and lists and describes three of them once, is asked again', async () => {
    const study = await completeBeforeTheRule();
    play.pacs.gate.disturb(first((request) => (isMetadata(request) ? changed(threeOf) : undefined)));
    play.pacs.gate.disturb(first((request) => (isOfInstances(request) ? changed(threeOf) : undefined)));
    await select(study);
    await expectMeasuredOnce(study);
  }, 120_000);

  it('counts all images of a series, and lists and describes none of them, has a person told', async () => {
    const study = await completeBeforeTheRule();
    play.pacs.gate.disturb((request) =>
      isMetadata(request) || isOfInstances(request) ? changed(() => []) : undefined,
    );
    await select(study);
    const story = await play.hastenedUntil(
      study.studyInstanceUid,
      'it is given up, or decided',
      ({ openSteps, ...rest }) =>
        openSteps.some(({ step, state }) => step === 'select' && state === 'dead') ||
        skips({ openSteps, ...rest }).length > 0,
    );
    expect(skips(story)).toEqual([]);
    expect((await lettersOf(study)).map(({ code }) => code)).toContain('selection.metadata-short');
  }, 120_000);
});

describe('a study that was emptied in the archive after it was complete', () => {
  it.each([{ lateImages: 'rerun' }, { lateImages: 'ignore' }])(
    'is told to a person while nobody has looked again, and comes to its end once it was looked at, by the policy $lateImages',
    async ({ lateImages }) => {
      const completeness = {
        settleSeconds: 1,
        settleSecondsAfterAcquisition: 0,
        maximumWaitSeconds: 3,
        lateImages,
      };
      const study = await completeBeforeTheRule({}, undefined, { completeness });
      const { studyInstanceUid } = study;
      await play.pacs.remove(studyInstanceUid);
      await select(study);
      await play.hastenedUntil(studyInstanceUid, 'it is given up', ({ openSteps }) =>
        openSteps.some(({ step, state }) => step === 'select' && state === 'dead'),
      );
      const [letter] = await lettersOf(study);
      expect(letter).toMatchObject({ code: 'selection.study-short', reason: expect.stringMatching(lacks) });
      await play.installation.askAgain(studyInstanceUid);
      const story = await play.hastenedUntil(
        studyInstanceUid,
        'it ends',
        ({ study: { state }, openSteps, ...rest }) =>
          openSteps.length === 0 &&
          (state === 'incomplete' ||
            skips({ study: { state }, openSteps, ...rest } as StudyStory).length > 0),
      );
      expect(story.runs).toEqual([]);
      expect(lateImages === 'rerun' ? story.study.state : skips(story)).toEqual(
        lateImages === 'rerun'
          ? 'incomplete'
          : [expect.stringMatching(/^modality is not stated, the rule wants CT/u)],
      );
      expect(await lettersOf(study)).toEqual([]);
    },
    120_000,
  );

  it('of one series alone is selected from with the others once it was looked at', async () => {
    const same = { studyUid: randomUid(), patientId: 'LIST-1', accession: 'LIST-1' };
    const study = await makePhantom(same);
    const other = await makePhantom({ ...same, seriesUid: randomUid(), slices: 24 });
    await play.pacs.push(other);
    await completeBeforeTheRule({}, study);
    const withoutOther = changed((answers) =>
      answers
        .filter((each) => each['0020000E']?.Value?.[0] !== other.seriesInstanceUid)
        .map((each) => ({ ...each, '00201206': { vr: 'IS', Value: [1] } })),
    );
    play.pacs.gate.disturb((request) => (isOfSeries(request) ? withoutOther : undefined));
    play.pacs.gate.disturb((request) =>
      isOfStudies(request)
        ? changed((answers) =>
            answers.map((each) => ({
              ...each,
              '00201206': { vr: 'IS', Value: [1] },
              '00201208': { vr: 'IS', Value: [study.instances.length] },
            })),
          )
        : undefined,
    );
    await select(study);
    await play.hastenedUntil(
      study.studyInstanceUid,
      'the cause is told',
      failedAtLeast(1, /does not show 24 of 64 instances, and 1 of 2 series/u),
    );
    await play.installation.askAgain(study.studyInstanceUid);
    await expectMeasuredOnce(study);
  }, 120_000);
});

describe('a study of another kind than the rule wants', () => {
  it('is passed over at the first attempt, with its modality in words', async () => {
    const study = await completeBeforeTheRule({ conditions: { modalities: ['MR'] } });
    await select(study);
    const story = await play.installation.storyWhen(study.studyInstanceUid, 'it is decided', (each) => {
      return skips(each).length > 0 && each.openSteps.length === 0;
    });
    expect(skips(story)).toEqual(['modality is CT, the rule wants MR']);
    expect(await lettersOf(study)).toEqual([]);
  }, 120_000);

  it('is passed over with the series that is counted and never listed in words', async () => {
    const study = await completeBeforeTheRule({ conditions: { modalities: ['MR'] } });
    play.pacs.gate.disturb((request) =>
      isOfStudies(request)
        ? changed((answers) => answers.map((each) => ({ ...each, '00201206': { vr: 'IS', Value: [2] } })))
        : undefined,
    );
    await select(study);
    const story = await play.hastenedUntil(study.studyInstanceUid, 'it is decided', (each) => {
      return skips(each).length > 0 && each.openSteps.length === 0;
    });
    expect(skips(story)).toEqual([
      expect.stringMatching(
        /^modality is CT, the rule wants MR; .*counts 2 series in the study and lists 1/u,
      ),
    ]);
    expect(await lettersOf(study)).toEqual([]);
  }, 120_000);
});

describe('a rule that is off', () => {
  it('waits for no list', async () => {
    const study = await completeBeforeTheRule();
    await play.installation.configure({ pacs: play.pacs, node: nodeOf({}), state: 'off' });
    play.pacs.gate.disturb(forgets);
    await select(study);
    const story = await play.installation.storyWhen(
      study.studyInstanceUid,
      'it is decided',
      ({ openSteps }) => openSteps.length === 0,
    );
    expect(skips(story)).toEqual([]);
    expect(await lettersOf(study)).toEqual([]);
  }, 120_000);
});

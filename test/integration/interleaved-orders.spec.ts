import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderMessageOptions } from '@prelector/hl7';
import type { StudyStory } from '@prelector/ledger';
import type { TestSite } from '../system/installation.testing.js';
import { believedSearches } from '../system/installation.testing.js';
import { Interleaving, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

type Message = Partial<OrderMessageOptions> & Pick<OrderMessageOptions, 'identity'>;
const cancelled = { orderControl: 'CA', orderStatus: 'CA' } as const;
const tell = async (message: Message) => expect(await play.installation.tell(message)).toBe('AA');

/** While a study is analysed, a message comes by which its reports are kept back. */
async function keptBack(study: PhantomStudy, order: Message, message: Partial<Message>): Promise<StudyStory> {
  const { reached, letGo } = play.pacs.gate.hold(/\/metadata/u);
  await play.pacs.push(study);
  await tell(order);
  await reached;
  await tell({ ...order, ...message });
  letGo();
  const story = await play.installation.settled(study.studyInstanceUid);
  expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
  return story;
}

/** The reports that were kept back are sent, from the run that is there. */
async function expectSent({ studyInstanceUid }: PhantomStudy): Promise<void> {
  const story = await play.installation.storyWhen(
    studyInstanceUid,
    'the reports are sent',
    (each) => statesOf(each).join() === 'verified,verified',
  );
  expect(story.runs).toHaveLength(1);
}

describe('a result that was kept because every order of the study was cancelled', () => {
  /** By what may be the accession number, or by another accession number beside it. */
  const byFillerNumber = ({ identity }: PhantomStudy, accession = {}): Message => {
    const { accessionNumber = '', studyInstanceUid: _uid, ...patient } = identity;
    return { identity: { ...patient, ...accession }, fillerOrderNumber: accessionNumber };
  };
  const cases: {
    readonly what: string;
    readonly order: (study: PhantomStudy) => Message;
    readonly next: (study: PhantomStudy) => Partial<Message>;
  }[] = [
    {
      what: 'another order of the study is heard',
      order: ({ identity }) => ({ identity }),
      next: ({ identity }) => ({ fillerOrderNumber: `${identity.accessionNumber}-2` }),
    },
    {
      what: 'the order is placed anew',
      order: ({ identity }) => ({ identity }),
      next: () => ({ orderControl: 'NW', orderStatus: 'SC' }),
    },
    {
      what: 'the order turns out to be that of another study',
      order: (study) => byFillerNumber(study),
      next: (study) => ({ ...cancelled, ...byFillerNumber(study, { accessionNumber: 'ANOTHER' }) }),
    },
    {
      what: 'production announces what only a test had ordered',
      order: ({ identity }) => ({ identity, processingId: 'T' }),
      next: () => ({ processingId: 'P' }),
    },
  ];

  it.each(cases)(
    'is sent once $what',
    async ({ order, next }) => {
      const study = await makePhantom();
      const first = order(study);
      const story = await keptBack(study, first, cancelled);
      for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/the order was cancelled/u);
      await tell({ ...first, ...next(study) });
      await expectSent(study);
    },
    120_000,
  );

  it('is sent once the cancelled order turns out to be another procedure', async () => {
    const study = await makePhantom();
    const { identity } = study;
    const of = (number: string) => `${identity.accessionNumber}-${number}`;
    const one = { identity, placerOrderNumber: of('P1'), fillerOrderNumber: '' };
    const other = { placerOrderNumber: '', fillerOrderNumber: of('F2') };
    await tell({ ...one, orderControl: 'NW', orderStatus: '' });
    await keptBack(study, one, { ...cancelled, ...other });
    await tell({ identity, ...other, placerOrderNumber: of('P2'), orderControl: 'SC', orderStatus: 'IP' });
    await expectSent(study);
  }, 120_000);

  it('stays kept while an order that is cancelled, too, is heard', async () => {
    const study = await makePhantom();
    const { identity } = study;
    await keptBack(study, { identity }, cancelled);
    await tell({ identity, fillerOrderNumber: `${identity.accessionNumber}-2`, ...cancelled });
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
  }, 120_000);
});

it('a result that was kept for a preliminary report is decided on again when the signed one comes', async () => {
  const late: TestSite['rule'] = { late: { preliminary: 'keep', final: 'send' } };
  await play.installation.configure({ pacs: play.pacs, rule: late });
  const study = await makePhantom();
  const { identity } = study;
  await keptBack(study, { identity }, { resultStatus: 'P' });
  await tell({ identity, resultStatus: 'F' });
  await expectSent(study);
}, 120_000);

it('a result that was kept for a report is sent once that turns out to be of another patient, and its order is cancelled', async () => {
  const study = await makePhantom();
  const { identity } = study;
  const second = { fillerOrderNumber: `${identity.accessionNumber}-2` };
  await keptBack(study, { identity }, { ...second, resultStatus: 'F' });
  const others = { identity: { ...identity, patientId: 'STRANGER' }, ...second };
  await tell({ ...others, resultStatus: 'F' });
  await play.installation.storyWhen(
    study.studyInstanceUid,
    'the study is held',
    ({ study: { state } }) => state === 'held',
  );
  await tell({ ...others, ...cancelled });
  await expectSent(study);
}, 120_000);

describe('an order under another number of the patient, which a person said means the study', () => {
  const isHeld = ({ study }: StudyStory) => study.state === 'held';

  /** Held over the order, released, and while it is analysed the order says something. */
  async function releasedThen(message: Partial<Message>): Promise<StudyStory> {
    const study = await makePhantom();
    const order = { identity: { ...study.identity, patientId: 'ANOTHER-NUMBER' } };
    const { reached, letGo } = play.pacs.gate.hold(/\/metadata/u);
    await play.pacs.push(study);
    await tell(order);
    await play.installation.storyWhen(study.studyInstanceUid, 'the study is held', isHeld);
    await play.installation.release(study.studyInstanceUid, 'the patients were merged in the PACS');
    await reached;
    const said = { ...order, ...message };
    await tell({ ...said, identity: { ...order.identity, ...message.identity } });
    letGo();
    return play.installation.settled(study.studyInstanceUid);
  }

  const stranger = { name: { family: 'Someone', given: 'Else' }, birthDate: '19010101', sex: 'O' };
  it.each([
    { what: 'signs', message: { resultStatus: 'F' }, why: /signed/u },
    { what: 'cancels', message: cancelled, why: /cancelled/u },
    {
      what: 'cancels, and says more of the patient,',
      message: { ...cancelled, identity: stranger },
      why: /cancelled/u,
    },
    {
      what: 'cancels, and names a third patient,',
      message: { ...cancelled, identity: { ...stranger, patientId: 'A-THIRD-NUMBER' } },
      why: /cancelled/u,
    },
  ])(
    '$what it like any other',
    async ({ message, why }) => {
      const story = await releasedThen(message);
      expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
      for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(why);
    },
    120_000,
  );

  it('makes it urgent, and stays joined when it is announced again', async () => {
    const story = await releasedThen({ priority: 'S' });
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    expect(story.study).toMatchObject({ state: 'complete', priority: 1 });
    expect(story.orders.map(({ state }) => state)).toEqual(['arrived']);
  }, 120_000);
});

it.each(['cancelled', 'told, then cancelled'])(
  'an order of the study that is %s under the number of another patient sends nothing',
  async (how) => {
    const study = await makePhantom();
    const { reached, letGo } = play.pacs.gate.hold(/\/metadata/u);
    await play.announced(study);
    await reached;
    const other = { identity: { ...study.identity, patientId: 'ANOTHER-NUMBER' } };
    if (how !== 'cancelled') await tell(other);
    await tell({ ...other, ...cancelled });
    letGo();
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
    for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/cancelled/u);
    expect(story.study.state).toBe('complete');
  },
  120_000,
);

it("the signed report of a stranger's order counts for no study that was released and has an order of its own", async () => {
  const study = await makePhantom();
  const { identity, studyInstanceUid } = study;
  const { accessionNumber = '' } = identity;
  const strangers = {
    identity: { patientId: 'STRANGER', accessionNumber },
    fillerOrderNumber: `${accessionNumber}-S`,
  };
  const { reached, letGo } = play.pacs.gate.hold(/\/metadata/u);
  await play.announced(study);
  await reached;
  await tell({ ...strangers, resultStatus: 'F' });
  letGo();
  const held = await play.installation.settled(studyInstanceUid);
  expect(held.study.state).toBe('held');
  await play.installation.release(studyInstanceUid, 'the images are of the right patient');
  await expectSent(study);
  const { orders, study: row } = await play.installation.settled(studyInstanceUid);
  expect(row.readingState).not.toBe('final');
  expect(orders.map(({ state }) => state).sort()).toEqual(['arrived', 'held']);
}, 120_000);

it('a study that is held for its orders while its reports stand in the gate goes on once they agree', async () => {
  const study = await makePhantom();
  const { identity, studyInstanceUid } = study;
  const { accessionNumber = '' } = identity;
  const other = { fillerOrderNumber: `${accessionNumber}-2` };
  const open = Promise.withResolvers<void>();
  let asked = 0;
  play.pacs.gate.disturb(({ method, path }) => {
    if (method !== 'GET' || !path.includes(studyInstanceUid) || !path.includes('/instances'))
      return undefined;
    if (!/\/instances(\?|$)/u.test(path) || !path.includes('/series/')) return undefined;
    asked += 1;
    return { wait: open.promise };
  });
  await play.announced(study);
  await until('both are at the gate', async () => (asked >= 2 ? true : undefined));
  await tell({ identity: { ...identity, patientId: 'STRANGER' }, ...other });
  open.resolve();
  const held = await play.installation.settled(studyInstanceUid);
  expect(held.study).toMatchObject({ state: 'held', awaitsOrder: true });
  await tell({ identity, ...other });
  await expectSent(study);
}, 120_000);

it('reports stand back for the one that was signed under the number which the images get while they are in the gate', async () => {
  // So seldom that nothing but the gate sees the number.
  const feed = { resolve: { everySeconds: 600, giveUpAfterHours: 1 } };
  await play.installation.configure({ pacs: play.pacs, node: believedSearches, feed });
  const numbered = await makePhantom();
  const study = withRawElements(numbered, [['00080050', 'SH', Buffer.alloc(0)]]);
  const { identity, studyInstanceUid: uid } = study;
  const { studyInstanceUid: _uid, ...withoutUid } = numbered.identity;
  await tell({ form: 'ORU^R01', identity: withoutUid, resultStatus: 'F' });
  const open = Promise.withResolvers<void>();
  let asked = 0;
  play.pacs.gate.disturb(({ method, path }) => {
    if (method !== 'GET' || !path.includes(uid) || !/\/instances\/[0-9.]+$/u.test(path)) return undefined;
    asked += 1;
    // The first is of the encoding, those after it are of the gates.
    return asked > 1 ? { wait: open.promise } : undefined;
  });
  await play.pacs.push(study);
  await tell({ identity });
  await until('both are at the gate', async () => (asked === 3 ? true : undefined));
  await play.pacs.remove(uid);
  await play.pacs.push(numbered);
  open.resolve();
  const story = await play.installation.settled(uid);
  expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
  for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/signed/u);
  expect(await play.pacs.evidence(uid)).toEqual([]);
}, 120_000);

describe('a rule by procedure code', () => {
  it.each([
    {
      what: 'another order',
      change: ({ identity }: PhantomStudy) => ({ fillerOrderNumber: `${identity.accessionNumber}-2` }),
    },
    { what: 'the order that is known', change: () => ({}) },
  ])(
    'applies once $what states that code, after the study was selected from',
    async ({ change }) => {
      const rule = { conditions: { modalities: ['CT'], procedureCodes: ['CTLUNG'] } };
      await play.installation.configure({ pacs: play.pacs, rule });
      const study = await play.announced();
      const before = await play.installation.settled(study.studyInstanceUid);
      expect(before.runs).toEqual([]);
      const procedureCode = { value: 'CTLUNG', scheme: '99LOCAL', meaning: 'CT lung' };
      await tell({ identity: study.identity, procedureCode, ...change(study) });
      await expectSent(study);
    },
    120_000,
  );
});

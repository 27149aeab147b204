import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderMessageOptions } from '@prelector/hl7';
import type { StudyStory } from '@prelector/ledger';
import type { TestSite } from '../system/installation.testing.js';
import { Interleaving, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';

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

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, merge, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

type Change = Parameters<typeof messageFor>[1];

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (study: ArchivedStudy) => some(trigger.archives['pacs']).put(study);
const arrive = async (study: ArchivedStudy) => {
  put(study);
  await trigger.poll('pacs', study.studyDate);
};
const studyOf = ({ studyInstanceUid }: ArchivedStudy) => trigger.study(studyInstanceUid);
const ordersOf = async (study: ArchivedStudy) =>
  (await trigger.ledger.pool.orders.ofStudy((await studyOf(study)).id)).map(({ id }) => id);
const final = { form: 'ORU^R01', resultStatus: 'F' } as const;
const placing = { orderControl: 'NW', orderStatus: '' } as const;
const changing = { orderControl: 'XO', orderStatus: '' } as const;

/** An order that is placed under a wrong accession number, and what is said of it under that and the right one. */
function wronglyPlaced() {
  const right = freshStudy();
  const wrong = freshStudy();
  const numbers = { placerOrderNumber: `P-${right.patientId}`, fillerOrderNumber: `F-${right.patientId}` };
  const say = (accessionNumber: string, change: Change) =>
    hear(messageFor({ ...right, accessionNumber }, { ...numbers, ...change }));
  return {
    right,
    wrong,
    place: (change: Change = {}) => say(wrong.accessionNumber, { ...placing, ...change }),
    correct: (change: Change = {}) => say(right.accessionNumber, { ...changing, ...change }),
    erase: (change: Change = {}) => say('""', { ...changing, ...change }),
    report: (accessionNumber: string) => say(accessionNumber, final),
    say,
  };
}

describe('an accession number that a message corrects', () => {
  it.each(['before', 'after'])(
    'holds no study of another patient, whose images came %s the correction',
    async (when) => {
      const { right, wrong, place, correct } = wronglyPlaced();
      await place();
      const { id } = await trigger.lastOrder();
      if (when === 'before') {
        await arrive(wrong);
        expect(await studyOf(wrong)).toMatchObject({ state: 'held' });
      }
      await correct();
      expect(await trigger.lastOrder()).toMatchObject({ id, state: 'announced' });
      await hear(messageFor(wrong, placing));
      if (when === 'after') await arrive(wrong);
      await arrive(right);
      await trigger.settle();
      expect(await studyOf(wrong)).toMatchObject({ state: 'complete', readingState: 'unknown' });
      expect(await studyOf(right)).toMatchObject({ state: 'complete' });
      expect(await ordersOf(right)).toEqual([id]);
      expect(await ordersOf(wrong)).not.toContain(id);
    },
  );

  it.each(['before', 'after'])('is deleted by an explicit null, heard %s the images', async (when) => {
    const { wrong, place, erase } = wronglyPlaced();
    await place();
    const { id } = await trigger.lastOrder();
    if (when === 'before') await erase();
    await arrive(wrong);
    if (when === 'after') await erase();
    await trigger.settle();
    expect(await studyOf(wrong)).toMatchObject({ state: 'complete' });
    expect(await ordersOf(wrong)).toEqual([]);
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'announced' });
  });

  it('leaves an order whose number was deleted unusable until one is stated', async () => {
    const { right, place, erase, correct } = wronglyPlaced();
    await place({ orderControl: 'SC', orderStatus: 'CM' });
    await erase();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'unusable' });
    put(right);
    await correct();
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await ordersOf(right)).toEqual([(await trigger.lastOrder()).id]);
  });

  it('neither signs nor cancels a study of the same patient that has an order of its own', async () => {
    const { right, wrong, place, correct, report, say } = wronglyPlaced();
    const own = { ...wrong, patientId: right.patientId };
    await place();
    await arrive(own);
    await correct();
    await hear(messageFor(own, placing));
    await report(right.accessionNumber);
    expect(await studyOf(own)).toMatchObject({ readingState: 'unknown' });
    await say(right.accessionNumber, { orderControl: 'CA', orderStatus: 'CA' });
    const { id } = await studyOf(own);
    expect(await ordersOf(own)).toEqual([(await trigger.orders()).at(-1)?.id]);
    expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(false);
  });

  it('lets go of a study of the same patient once the order has one of its own number', async () => {
    const { right, wrong, place, correct, report } = wronglyPlaced();
    const other = { ...wrong, patientId: right.patientId };
    await place();
    await arrive(other);
    await correct();
    await report(right.accessionNumber);
    await arrive(right);
    expect(await studyOf(right)).toMatchObject({ readingState: 'final' });
    expect(await studyOf(other)).toMatchObject({ readingState: 'unknown' });
    expect(await ordersOf(other)).toEqual([]);
  });

  it.each(['before', 'after'])(
    'leaves images of its patient signed that were made under it, and came %s the correction',
    async (when) => {
      const { right, wrong, place, correct, report } = wronglyPlaced();
      const meant = { ...wrong, patientId: right.patientId };
      await place();
      if (when === 'before') await arrive(meant);
      await report(wrong.accessionNumber);
      await correct();
      if (when === 'after') await arrive(meant);
      await trigger.settle();
      expect(await studyOf(meant)).toMatchObject({ state: 'complete', readingState: 'final' });
      // As the archive is corrected too.
      await arrive({ ...meant, accessionNumber: right.accessionNumber });
      expect(await studyOf(meant)).toMatchObject({ state: 'complete', readingState: 'final' });
    },
  );

  it.each(['before', 'after'])(
    'leaves images under it to what is said under the right one, as long as that has none; they came %s the correction',
    async (when) => {
      const { right, wrong, place, correct, report } = wronglyPlaced();
      const meant = { ...wrong, patientId: right.patientId };
      await place();
      if (when === 'before') await arrive(meant);
      await correct();
      if (when === 'after') await arrive(meant);
      await report(right.accessionNumber);
      await trigger.settle();
      expect(await studyOf(meant)).toMatchObject({ state: 'complete', readingState: 'final' });
      await arrive(right);
      await trigger.settle();
      expect(await studyOf(right)).toMatchObject({ state: 'complete', readingState: 'final' });
      expect(await studyOf(meant)).toMatchObject({ state: 'complete', readingState: 'unknown' });
    },
  );

  it('is asked for no more: the right one is, also where the wrong one had been found', async () => {
    const { right, wrong, place, correct } = wronglyPlaced();
    put({ ...wrong, patientId: right.patientId });
    await place({ orderControl: 'SC', orderStatus: 'CM' });
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    put(right);
    await correct();
    await trigger.settle();
    expect(await ordersOf(right)).toEqual([(await trigger.lastOrder()).id]);
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await ordersOf(wrong)).toEqual([]);
  });

  it.each<[string, Change, 'final' | 'unknown', boolean]>([
    ['images', { orderControl: 'SC', orderStatus: 'IP' }, 'unknown', true],
    ['a report', final, 'final', false],
  ])(
    'is that of what was heard by the new number alone before: %s',
    async (_name, change, reading, isCancelledNext) => {
      const { right, wrong, place, correct, say } = wronglyPlaced();
      const meant = { ...wrong, patientId: right.patientId };
      await place();
      await hear(messageFor(right, { ...change, placerOrderNumber: '', fillerOrderNumber: '' }));
      await correct();
      await arrive(meant);
      expect(await studyOf(meant)).toMatchObject({ readingState: reading });
      if (isCancelledNext) await say(right.accessionNumber, { orderControl: 'CA', orderStatus: 'CA' });
      expect(await trigger.ledger.pool.orders.areCancelled((await studyOf(meant)).id)).toBe(isCancelledNext);
      await arrive(right);
      expect(await trigger.ledger.pool.orders.areCancelled((await studyOf(right)).id)).toBe(isCancelledNext);
    },
  );

  it('is the right one again when a message says so', async () => {
    const { right, wrong, place, correct, say } = wronglyPlaced();
    await place();
    const { id } = await trigger.lastOrder();
    await correct();
    await say(wrong.accessionNumber, changing);
    await arrive({ ...wrong, patientId: right.patientId });
    expect(await trigger.lastOrder()).toMatchObject({ id });
    expect(await ordersOf(wrong)).toEqual([id]);
  });
});

type Kind = 'at once' | 'by its numbers alone';
const kinds: readonly Kind[] = ['at once', 'by its numbers alone'];

/** Every order in which these may come. */
function sequences<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first, index) =>
    sequences(all.filter((_each, other) => other !== index)).map((rest) => [first, ...rest]),
  );
}

/** An order placed under the number of `former`, which is corrected to that of `right`: studies of one patient. */
async function correctedFrom(kind: Kind) {
  const { right, wrong, place, correct, erase, say } = wronglyPlaced();
  const former = { ...wrong, patientId: right.patientId };
  if (kind === 'by its numbers alone') await say('', placing);
  await place();
  const { id } = await trigger.lastOrder();
  return {
    id,
    former,
    right,
    stranger: wrong,
    correct,
    erase,
    /** By the order numbers alone. */
    sayOfNumbers: (change: Change) => say('', change),
    sayOfFormer: (change: Change) => say(former.accessionNumber, change),
    sayOfRight: (change: Change) => say(right.accessionNumber, change),
  };
}

const whatIs = async (study: ArchivedStudy) => {
  const { id, state, readingState } = await studyOf(study);
  return { state, readingState, isCancelled: await trigger.ledger.pool.orders.areCancelled(id) };
};
const free = { state: 'complete', readingState: 'unknown', isCancelled: false };
const signed = { ...free, readingState: 'final' };
const cancelling = { orderControl: 'CA', orderStatus: 'CA' } as const;

describe.each(kinds)(
  'a message that states the former number after the correction, of an order placed %s',
  (kind) => {
    const unread = { ...free, readingState: 'unread' };
    // What it says of the order, and whether it is a report, or a cancellation, under that number.
    const late: readonly [string, Change, typeof free, boolean][] = [
      ['NW', placing, free, false],
      ['SC of images', { orderControl: 'SC', orderStatus: 'IP' }, free, false],
      ['P', { form: 'ORU^R01', resultStatus: 'P' }, { ...free, readingState: 'preliminary' }, true],
      ['F', final, signed, true],
      ['X', { form: 'ORU^R01', resultStatus: 'X' }, unread, false],
      ['CA', cancelling, { ...free, isCancelled: true }, true],
    ];

    it.each(late)(
      'is of the corrected order, and gives the number not back: %s',
      async (_name, change, said, isReport) => {
        for (const steps of sequences(['right', 'late', 'former'] as const)) {
          const { id, former, right, correct, sayOfFormer } = await correctedFrom(kind);
          await correct();
          for (const step of steps) {
            if (step === 'right') await arrive(right);
            if (step === 'late') await sayOfFormer(change);
            if (step === 'former') await arrive(former);
          }
          await trigger.settle();
          expect(await whatIs(right)).toEqual(said);
          expect(await ordersOf(right)).toEqual([id]);
          // Images under the former number are its as long as it has none of its own, or were reported under that.
          expect(await whatIs(former)).toEqual(isReport ? said : free);
          expect(await ordersOf(former)).toEqual(isReport ? [id] : []);
        }
      },
    );

    it.each(late)(
      'is of the images of its own patient that came before it: %s',
      async (_name, change, said) => {
        const { id, former, correct, sayOfFormer } = await correctedFrom(kind);
        await arrive(former);
        await correct();
        await sayOfFormer(change);
        await trigger.settle();
        expect(await whatIs(former)).toEqual(said);
        expect(await ordersOf(former)).toEqual([id]);
      },
    );

    it.each(late)('holds no study of another patient, before or after it: %s', async (_name, change) => {
      for (const when of ['before', 'after']) {
        const { stranger, correct, sayOfFormer } = await correctedFrom(kind);
        await correct();
        if (when === 'before') await arrive(stranger);
        await sayOfFormer(change);
        if (when === 'after') await arrive(stranger);
        await trigger.settle();
        expect(await whatIs(stranger)).toEqual(free);
      }
    });

    it.each(late)('says nothing of a study that has an order of its own: %s', async (_name, change) => {
      for (const when of ['before', 'after']) {
        const { former, correct, sayOfFormer } = await correctedFrom(kind);
        await correct();
        await hear(messageFor(former, { ...placing, fillerOrderNumber: `G-${former.patientId}` }));
        if (when === 'before') await arrive(former);
        await sayOfFormer(change);
        if (when === 'after') await arrive(former);
        await trigger.settle();
        expect(await whatIs(former)).toEqual(free);
      }
    });

    it('has images under it looked for, and goes on looking for those under the right one', async () => {
      const { id, former, right, correct, sayOfFormer } = await correctedFrom(kind);
      await correct();
      put(former);
      await sayOfFormer({ orderControl: 'SC', orderStatus: 'CM' });
      await trigger.settle();
      expect(await whatIs(former)).toMatchObject({ state: 'complete', readingState: 'unread' });
      expect(await trigger.lastOrder()).toMatchObject({ id, state: 'announced' });
      put(right);
      await trigger.settle();
      expect(await ordersOf(right)).toEqual([id]);
      expect(await trigger.lastOrder()).toMatchObject({ id, state: 'arrived' });
    });

    it('stays with images of its patient that came under the number of a merge', async () => {
      const { id, former, right, correct, sayOfFormer } = await correctedFrom(kind);
      await correct();
      await sayOfFormer(final);
      await hear(merge(`${right.patientId}N`, right.patientId));
      const merged = { ...former, patientId: `${right.patientId}N` };
      await arrive(merged);
      await arrive({ ...merged, series: { CT: 4 } });
      expect(await studyOf(merged)).toMatchObject({ readingState: 'final' });
      const events = await trigger.ledger.pool.sql.manager.findBy(EventRow, {
        subjectId: (await studyOf(merged)).id,
      });
      expect(events.map(({ what }) => what)).not.toContain('no longer joined');
      expect(await ordersOf(merged)).toEqual([id]);
    });

    it('is of one order, however often it is corrected', async () => {
      const { id, former, right, correct, sayOfFormer, sayOfRight, sayOfNumbers } = await correctedFrom(kind);
      const third = freshStudy({ patientId: right.patientId });
      await correct();
      await sayOfFormer({ form: 'ORU^R01', resultStatus: 'P' });
      await correct({ identity: { patientId: right.patientId, accessionNumber: third.accessionNumber } });
      await sayOfRight(final);
      for (const study of [former, right, third]) await arrive(study);
      await trigger.settle();
      for (const study of [former, right, third]) {
        expect(await whatIs(study)).toEqual(signed);
        expect(await ordersOf(study)).toEqual([id]);
      }
      await sayOfNumbers({ form: 'ORU^R01', resultStatus: 'X' });
      for (const study of [former, right, third]) expect(await whatIs(study)).toEqual(unread);
    });

    it.each([
      ['filler', { placerOrderNumber: '' }],
      ['placer', { fillerOrderNumber: '' }],
    ])('by its %s number alone, too, though it changes the order', async (_name, alone) => {
      const { id, former, right, correct, sayOfFormer, sayOfRight } = await correctedFrom(kind);
      await correct();
      await sayOfFormer({ ...changing, orderStatus: 'IP', ...alone });
      await sayOfRight(final);
      await arrive(former);
      expect(await studyOf(former)).toMatchObject({ readingState: 'final' });
      await arrive(right);
      expect(await studyOf(right)).toMatchObject({ readingState: 'final' });
      expect(await ordersOf(right)).toEqual([id]);
    });

    it('by that number alone, too', async () => {
      const { id, former, right, correct } = await correctedFrom(kind);
      await correct();
      const none = { placerOrderNumber: '', fillerOrderNumber: '' };
      await hear(messageFor(former, { ...final, ...none }));
      expect(await trigger.lastOrder()).toMatchObject({ id, readingState: 'final' });
      await arrive(right);
      expect(await studyOf(right)).toMatchObject({ readingState: 'final' });
    });
  },
);

describe.each(kinds)('what is said under the new number, of an order placed %s', (kind) => {
  type Step = 'former images' | 'late' | 'end';
  const late: [string, Change][] = [
    ['SC of images', { orderControl: 'SC', orderStatus: 'IP' }],
    ['SC of all images', { orderControl: 'SC', orderStatus: 'CM' }],
    ['P', { form: 'ORU^R01', resultStatus: 'P' }],
  ];
  const ends: [string, Change, boolean][] = [
    ['signed', final, false],
    ['cancelled', cancelling, true],
  ];
  const cases = sequences<Step>(['former images', 'late', 'end']).flatMap((steps) =>
    late.flatMap(([name, change]) =>
      ends.map(
        ([end, ending, isOver]) => [end, name, steps.join(', '), { steps, change, ending, isOver }] as const,
      ),
    ),
  );
  const play = async (
    { former, correct, sayOfFormer, sayOfRight }: Awaited<ReturnType<typeof correctedFrom>>,
    { steps, change, ending }: { steps: readonly Step[]; change: Change; ending: Change },
  ) => {
    await correct();
    for (const step of steps) {
      if (step === 'former images') await arrive(former);
      if (step === 'late') await sayOfFormer(change);
      if (step === 'end') await sayOfRight(ending);
      await trigger.settle();
    }
  };

  it.each(cases)(
    'is of the images of its patient under the former one, as long as the new one has none: %s, with a late %s: %s',
    async (_end, late, _steps, { isOver, ...steps }) => {
      const order = await correctedFrom(kind);
      await play(order, steps);
      const said = await whatIs(order.former);
      expect(said.isCancelled).toBe(isOver);
      if (!isOver) expect(said.readingState).toBe('final');
      await arrive(order.right);
      await trigger.settle();
      const right = await whatIs(order.right);
      expect(right.isCancelled).toBe(isOver);
      if (!isOver) expect(right.readingState).toBe('final');
      const left = await whatIs(order.former);
      const isReported = late === 'P';
      expect(left.isCancelled).toBe(isReported && isOver);
      if (!isOver) expect(left.readingState === 'final').toBe(isReported);
    },
  );

  it.each(ends)('is of no images that have an order of their own: %s', async (_end, ending) => {
    for (const steps of sequences<Step>(['former images', 'late', 'end'])) {
      const order = await correctedFrom(kind);
      const own = { ...placing, fillerOrderNumber: `G-${order.former.patientId}` };
      await play(
        { ...order, sayOfFormer: (change) => hear(messageFor(order.former, change)) },
        {
          steps,
          change: own,
          ending,
        },
      );
      expect(await whatIs(order.former)).toEqual(free);
    }
  });

  it.each(ends)('is taken back for them as well: %s', async (_end, ending, isOver) => {
    const order = await correctedFrom(kind);
    const change: Change = { orderControl: 'SC', orderStatus: 'IP' };
    await play(order, { steps: ['former images', 'late', 'end'], change, ending });
    await order.sayOfRight(isOver ? placing : { form: 'ORU^R01', resultStatus: 'X' });
    expect(await whatIs(order.former)).toMatchObject({
      isCancelled: false,
      readingState: isOver ? 'unknown' : 'unread',
    });
  });

  it.each(ends)(
    'is of images that were reported under the former one before: %s',
    async (_end, ending, isOver) => {
      const order = await correctedFrom(kind);
      await order.sayOfFormer({ form: 'ORU^R01', resultStatus: 'P' });
      await arrive(order.former);
      await order.correct();
      await order.sayOfRight(ending);
      const said = await whatIs(order.former);
      expect(said.isCancelled).toBe(isOver);
      expect(said.readingState).toBe(isOver ? 'preliminary' : 'final');
    },
  );
});

describe.each(kinds)('what was reported under the former number, of an order placed %s', (kind) => {
  type Step = 'report' | 'correction' | 'former images' | 'right images';
  const all: readonly Step[] = ['report', 'correction', 'former images', 'right images'];
  const isReportedFirst = (steps: readonly Step[]) => steps.indexOf('report') < steps.indexOf('correction');

  it.each(
    sequences(all)
      .filter(isReportedFirst)
      .map((steps) => [steps.join(', '), steps] as const),
  )('is of the images of that number, and of the new one: %s', async (_name, steps) => {
    const { former, right, correct, sayOfFormer } = await correctedFrom(kind);
    for (const step of steps) {
      if (step === 'report') await sayOfFormer(final);
      if (step === 'correction') await correct();
      if (step === 'former images') await arrive(former);
      if (step === 'right images') await arrive(right);
    }
    await trigger.settle();
    expect(await whatIs(former)).toEqual(signed);
    expect(await whatIs(right)).toEqual(signed);
  });

  it.each(['before', 'after'])('is of no other patient, whose images come %s it', async (when) => {
    const { right, stranger, correct, sayOfFormer } = await correctedFrom(kind);
    await sayOfFormer(final);
    if (when === 'before') await arrive(right);
    await correct();
    if (when === 'after') await arrive(right);
    await arrive(stranger);
    await trigger.settle();
    expect(await whatIs(right)).toEqual(signed);
    expect(await whatIs(stranger)).toEqual(free);
  });

  it.each(
    sequences(['former images', 'right images', 'correction'] as const).map(
      (each) => [each.join(', '), each] as const,
    ),
  )(
    'and cancelled before the correction, leaves that to the images of that number: %s',
    async (_name, steps) => {
      const { former, right, correct, sayOfFormer } = await correctedFrom(kind);
      await sayOfFormer(cancelling);
      for (const step of steps) {
        if (step === 'correction') await correct();
        if (step === 'former images') await arrive(former);
        if (step === 'right images') await arrive(right);
      }
      await trigger.settle();
      expect(await whatIs(former)).toEqual({ ...free, isCancelled: true });
      expect(await whatIs(right)).toEqual(free);
    },
  );

  it.each(['former', 'right', 'no'])('is withdrawn and issued anew under the %s number', async (under) => {
    const { former, right, correct, sayOfFormer, sayOfRight, sayOfNumbers } = await correctedFrom(kind);
    const say = { former: sayOfFormer, right: sayOfRight, no: sayOfNumbers }[under];
    await sayOfFormer(final);
    await correct();
    await arrive(former);
    await arrive(right);
    await some(say)({ form: 'ORU^R01', resultStatus: 'X' });
    for (const study of [former, right])
      expect(await studyOf(study)).toMatchObject({ readingState: 'unread' });
    await some(say)({ form: 'ORU^R01', resultStatus: 'C' });
    for (const study of [former, right])
      expect(await studyOf(study)).toMatchObject({ readingState: 'final' });
  });

  it('is kept where the number is deleted, and another one stated', async () => {
    const { id, former, right, erase, sayOfFormer, sayOfRight } = await correctedFrom(kind);
    await sayOfFormer(final);
    await arrive(former);
    await erase();
    await sayOfRight(changing);
    await arrive(right);
    expect(await studyOf(former)).toMatchObject({ readingState: 'final' });
    expect(await studyOf(right)).toMatchObject({ readingState: 'final' });
    expect(await ordersOf(right)).toEqual([id]);
  });

  it('signs no study of its patient where a message of another one states it', async () => {
    const { former, right, stranger, correct, sayOfFormer } = await correctedFrom(kind);
    await sayOfFormer({ form: 'ORU^R01', resultStatus: 'P' });
    await arrive(former);
    await correct();
    const of = { patientId: `${stranger.patientId}X`, name: 'Other^Person', birthDate: '19011231' };
    const numbers = { placerOrderNumber: `P-${right.patientId}`, fillerOrderNumber: `F-${right.patientId}` };
    await hear(messageFor({ ...right, ...of }, { ...numbers, ...final }));
    await trigger.settle();
    expect((await studyOf(former)).readingState).not.toBe('final');
  });

  it.each(['before', 'after'])(
    'goes with the order where another one is placed under that number %s',
    async (when) => {
      const { former, right, correct, sayOfFormer } = await correctedFrom(kind);
      const other = () =>
        hear(messageFor(former, { ...placing, fillerOrderNumber: `G-${former.patientId}` }));
      await sayOfFormer(final);
      await arrive(former);
      await correct();
      if (when === 'before') await other();
      await arrive(right);
      if (when === 'after') await other();
      await trigger.settle();
      expect(await whatIs(former)).toEqual(free);
      expect(await whatIs(right)).toEqual(signed);
    },
  );

  it('is the report of the order again where the number is corrected back', async () => {
    const { id, former, correct, sayOfFormer } = await correctedFrom(kind);
    await sayOfFormer(final);
    await arrive(former);
    await correct();
    await sayOfFormer(changing);
    expect(await studyOf(former)).toMatchObject({ readingState: 'final' });
    expect(await ordersOf(former)).toEqual([id]);
  });
});

describe('an order that is told of by its placer number, and by its filler number', () => {
  const alone = { placer: { fillerOrderNumber: '' }, filler: { placerOrderNumber: '' } };
  const told = { orderControl: 'SC', orderStatus: 'IP' } as const;

  it.each<[string, Change]>([
    ['signed', final],
    ['cancelled', cancelling],
  ])('is corrected as one: %s', async (_name, ending) => {
    const { right, wrong, say, correct } = wronglyPlaced();
    const former = { ...wrong, patientId: right.patientId };
    await say(wrong.accessionNumber, { ...placing, ...alone.placer });
    await say(wrong.accessionNumber, { ...told, ...alone.filler });
    await correct();
    await say(right.accessionNumber, ending);
    for (const study of [former, right]) {
      await arrive(study);
      const { isCancelled: isOver, readingState } = await whatIs(study);
      expect([isOver, readingState === 'final']).toEqual([ending === cancelling, ending === final]);
    }
  });

  it.each(['placer', 'filler'] as const)(
    'is corrected where its %s number alone was told before',
    async (by) => {
      const { right, wrong, say, correct } = wronglyPlaced();
      await say(wrong.accessionNumber, { ...placing, ...alone[by] });
      await correct();
      await say(right.accessionNumber, final);
      const former = { ...wrong, patientId: right.patientId };
      await arrive(former);
      expect((await whatIs(former)).readingState).toBe('final');
    },
  );

  it('is cancelled as one by both, and placed anew as one', async () => {
    const { right, say } = wronglyPlaced();
    const { accessionNumber } = right;
    await say(accessionNumber, { ...placing, ...alone.placer });
    await say(accessionNumber, { ...told, ...alone.filler });
    await say(accessionNumber, { orderControl: 'NA', orderStatus: '' });
    await say(accessionNumber, cancelling);
    await arrive(right);
    expect((await whatIs(right)).isCancelled).toBe(true);
    await say(accessionNumber, { ...placing, ...alone.placer });
    expect((await whatIs(right)).isCancelled).toBe(false);
  });

  const { placer, filler } = alone;
  it.each<[string, readonly Change[]]>([
    ['by the same message', [{ ...cancelling, ...filler }]],
    ['by both numbers', [cancelling]],
    [
      'after it was told of in between',
      [
        { ...told, ...filler },
        { ...cancelling, ...filler },
      ],
    ],
    [
      'after its number was assigned',
      [
        { orderControl: 'NA', orderStatus: '' },
        { ...cancelling, ...filler },
      ],
    ],
  ])('is cancelled again once it was placed anew by its other number: %s', async (_name, again) => {
    const messages = [
      { ...placing, ...placer },
      { ...cancelling, ...filler },
      { ...placing, ...placer },
      ...again,
    ];
    for (const at of [0, 2, messages.length]) {
      const { right, say } = wronglyPlaced();
      for (const [index, message] of messages.entries()) {
        if (index === at) await arrive(right);
        await say(right.accessionNumber, message);
      }
      if (at === messages.length) await arrive(right);
      expect((await whatIs(right)).isCancelled).toBe(true);
    }
  });

  it.each(['before', 'after'])(
    'does not take what a message said of a study that it names: images come %s the correction',
    async (when) => {
      const { right, place, correct } = wronglyPlaced();
      const { patientId, accessionNumber, studyInstanceUid } = right;
      const { accessionNumber: _none, ...images } = right;
      await place();
      const identity = { patientId, accessionNumber, studyInstanceUid };
      await hear(messageFor(right, { ...final, identity, announcesImages: true, fillerOrderNumber: '' }));
      if (when === 'before') await arrive(images);
      await correct();
      if (when === 'after') await arrive(images);
      await trigger.settle();
      expect((await whatIs(right)).readingState).toBe('final');
    },
  );

  it.each<[string, Change]>([
    ['signed', final],
    ['cancelled', cancelling],
  ])(
    'keeps its images under the former number beside what a modality tells of them: %s',
    async (_name, ending) => {
      const { former, correct, sayOfRight } = await correctedFrom('at once');
      await correct();
      await hear(messageFor(former, { ...told, placerOrderNumber: '', fillerOrderNumber: '' }));
      await arrive(former);
      await sayOfRight(ending);
      const { isCancelled: isOver, readingState } = await whatIs(former);
      expect([isOver, readingState === 'final']).toEqual([ending === cancelling, ending === final]);
    },
  );
});

describe('another accession number under the numbers of an order is a second procedure', () => {
  const code = (value: string) => ({ procedureCode: { value, scheme: 'L', meaning: value } });

  it.each<[string, Change, Change]>([
    ['when it is placed', {}, placing],
    ['when its status changes', {}, { orderControl: 'SC' }],
    ['of another requested procedure id', { requestedProcedureId: 'R1' }, { requestedProcedureId: 'R2' }],
    ['of another procedure code', code('CT1'), code('CT2')],
    ['of another filler number', {}, { fillerOrderNumber: 'ANOTHER' }],
    ['of another placer number', {}, { placerOrderNumber: 'ANOTHER' }],
  ])('%s', async (_name, first, second) => {
    const { right, wrong, place, correct } = wronglyPlaced();
    const both = { ...wrong, patientId: right.patientId };
    await place(first);
    await correct(second);
    await arrive(both);
    await arrive(right);
    const [one, other] = (await trigger.orders()).slice(-2).map(({ id }) => id);
    expect(await ordersOf(both)).toEqual([one]);
    expect(await ordersOf(right)).toEqual([other]);
  });

  it.each([
    { what: 'patient', isOfOne: false, isNamed: false },
    { what: 'Study Instance UID', isOfOne: true, isNamed: true },
  ])('of another $what', async ({ isOfOne, isNamed }) => {
    const { wrong: first, place, correct } = wronglyPlaced();
    const second = freshStudy(isOfOne ? { patientId: first.patientId } : {});
    const identityOf = ({ studyInstanceUid, patientId, accessionNumber }: typeof first) => ({
      identity: { patientId, accessionNumber, ...(isNamed ? { studyInstanceUid } : {}) },
    });
    await place(identityOf(first));
    await correct(identityOf(second));
    await arrive(first);
    await arrive(second);
    const [one, other] = (await trigger.orders()).slice(-2).map(({ id }) => id);
    expect(await ordersOf(first)).toEqual([one]);
    expect(await ordersOf(second)).toEqual([other]);
  });

  it('when the number has two already', async () => {
    const { right, wrong, place, correct, say } = wronglyPlaced();
    const third = freshStudy({ patientId: right.patientId });
    await place();
    await correct(placing);
    await say(third.accessionNumber, changing);
    const studies = [{ ...wrong, patientId: right.patientId }, right, third];
    for (const study of studies) await arrive(study);
    const ids = (await trigger.orders()).slice(-3).map(({ id }) => [id]);
    expect(await Promise.all(studies.map(ordersOf))).toEqual(ids);
  });

  it('when one message changes both', async () => {
    const { right, wrong, place } = wronglyPlaced();
    const third = freshStudy({ patientId: right.patientId });
    await place();
    const [p, f] = [`P-${right.patientId}`, `F-${right.patientId}`];
    const group = ({ accessionNumber }: { accessionNumber: string }) =>
      `ORC|XO|${p}|${f}\rOBR|1|${p}|${f}|${'|'.repeat(14)}${accessionNumber}`;
    const head = new TextDecoder().decode(messageFor(right, changing)).split('\r').slice(0, 3);
    await hear(new TextEncoder().encode(`${[...head, group(right), group(third)].join('\r')}\r`));
    const first = { ...wrong, patientId: right.patientId };
    for (const study of [first, right, third]) await arrive(study);
    expect(
      await Promise.all([first, right, third].map(async (each) => (await ordersOf(each)).length)),
    ).toEqual([1, 1, 1]);
    expect(await trigger.ledger.pool.studies.byUid(third.studyInstanceUid)).not.toBeNull();
  });
});

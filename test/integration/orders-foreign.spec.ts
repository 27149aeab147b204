import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor, today } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ a: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (study: ArchivedStudy) => some(trigger.archives['a']).put(study);

describe('an order for another patient under the accession number of a study', () => {
  it('neither signs nor cancels the study', async () => {
    const study = freshStudy();
    put(study);
    const own = { fillerOrderNumber: `OWN-${study.patientId}` };
    const foreign = { fillerOrderNumber: `ELSE-${study.patientId}` };
    const else_ = { ...study, patientId: 'SOMEBODY-ELSE' };
    await hear(messageFor(study, own));
    await trigger.poll('a', today);
    await trigger.settle();
    await hear(messageFor(else_, { ...foreign, form: 'ORU^R01', resultStatus: 'F' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      readingState: 'unread',
    });
    await hear(messageFor(study, { ...own, form: 'ORU^R01', resultStatus: 'F' }));
    await hear(messageFor(study, { ...own, form: 'ORU^R01', resultStatus: 'X' }));
    const row = await trigger.study(study.studyInstanceUid);
    expect(row).toMatchObject({ readingState: 'unread' });
    const late = freshStudy();
    put(late);
    await hear(messageFor({ ...late, patientId: 'SOMEBODY-ELSE' }));
    await trigger.poll('a', today);
    await hear(
      messageFor({ ...late, patientId: 'SOMEBODY-ELSE' }, { orderControl: 'CA', orderStatus: 'CA' }),
    );
    const { id } = await trigger.study(late.studyInstanceUid);
    expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(false);
  });

  it.each(['before', 'after'])('holds nothing once it is cancelled, %s the images', async (when) => {
    const study = freshStudy();
    const filler = { fillerOrderNumber: `F-${study.patientId}` };
    const tell = (change = {}) =>
      hear(messageFor({ ...study, patientId: 'SOMEBODY-ELSE' }, { ...filler, ...change }));
    await tell();
    if (when === 'before') await tell({ orderControl: 'CA', orderStatus: 'CA' });
    put(study);
    await trigger.poll('a', today);
    await trigger.settle();
    if (when === 'after') {
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
      await tell({ orderControl: 'CA', orderStatus: 'CA' });
    }
    await trigger.settle();
    const { id, state } = await trigger.study(study.studyInstanceUid);
    expect(state).toBe('complete');
    expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(false);
    await tell({ orderControl: 'NW', orderStatus: 'SC' });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
  });

  it.each([
    ['XO', { orderControl: 'XO', orderStatus: 'SC' }],
    ['a report', { form: 'ORU^R01', resultStatus: 'P' }],
  ] as const)(
    'finds its study by %s that corrects its patient, where nobody polls',
    async (_name, change) => {
      const study = freshStudy();
      put(study);
      const filler = { fillerOrderNumber: `F-${study.patientId}` };
      await hear(messageFor({ ...study, patientId: 'SOMEBODY-ELSE' }, filler));
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'held' });
      await hear(messageFor(study, { ...filler, ...change }));
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    },
  );

  it('goes on being asked for, and finds its own study when that comes, where nobody polls', async () => {
    const [other, own] = [freshStudy(), freshStudy()];
    put(other);
    await hear(messageFor({ ...own, accessionNumber: other.accessionNumber }));
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held' });
    put({ ...own, accessionNumber: other.accessionNumber });
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await trigger.study(own.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('counts from the message on that corrects its patient', async () => {
    const study = freshStudy();
    put(study);
    const filler = { fillerOrderNumber: `F-${study.patientId}` };
    await hear(messageFor({ ...study, patientId: 'SOMEBODY-ELSE' }, filler));
    await trigger.poll('a', today);
    await trigger.settle();
    await hear(messageFor(study, { ...filler, form: 'ORU^R01', resultStatus: 'F' }));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'complete',
      readingState: 'final',
    });
  });
});

describe('an order of the study that turns out to be of another patient', () => {
  type Step = 'images' | 'report' | 'corrected' | 'cancelled';
  const sequences: Step[][] = [
    ['images', 'report', 'corrected', 'cancelled'],
    ['report', 'images', 'corrected', 'cancelled'],
    ['report', 'corrected', 'images', 'cancelled'],
    ['report', 'corrected', 'cancelled', 'images'],
    ['images', 'report', 'cancelled', 'corrected'],
    ['report', 'cancelled', 'images', 'corrected'],
    ['images', 'corrected', 'cancelled'],
  ];
  const ways = sequences.flatMap((sequence) =>
    (['accession', 'filler'] as const).map((by) => [sequence.join(', '), by, sequence] as const),
  );

  it.each(ways)(
    'signs, hurries and cancels nothing any more: %s, by %s number',
    async (_name, by, sequence) => {
      const [study, other] = [freshStudy(), freshStudy()];
      const own = { fillerOrderNumber: `OWN-${study.patientId}` };
      await hear(messageFor(study, own));
      const tell = (patientId: string, change: object) => {
        const numbers =
          by === 'accession'
            ? { fillerOrderNumber: `SECOND-${study.patientId}` }
            : { identity: { patientId }, fillerOrderNumber: study.accessionNumber };
        return hear(messageFor({ ...study, patientId }, { ...numbers, ...change }));
      };
      const happen: Readonly<Record<Step, () => Promise<void>>> = {
        images: async () => {
          put(study);
          await trigger.poll('a', today);
          await trigger.settle();
        },
        report: async () => {
          await tell(study.patientId, { orderControl: 'NW', orderStatus: 'SC' });
          await tell(study.patientId, { form: 'ORU^R01', resultStatus: 'F', priority: 'S' });
        },
        corrected: () => tell(other.patientId, { form: 'ORU^R01', resultStatus: 'F', priority: 'S' }),
        cancelled: () => tell(other.patientId, { orderControl: 'CA', orderStatus: 'CA', priority: 'S' }),
      };
      for (const step of sequence) await happen[step]();
      await trigger.poll('a', today);
      await trigger.settle();
      const { id, ...row } = await trigger.study(study.studyInstanceUid);
      expect(row).toMatchObject({ state: 'complete', readingState: 'unread', priority: 5 });
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(false);
      expect((await trigger.orders()).slice(-2).map(({ state }) => state)).toEqual(['arrived', 'cancelled']);
    },
  );

  it.each([
    ['undone, then cancelled', ['undone', 'cancelled']],
    ['cancelled, then undone', ['cancelled', 'undone']],
  ] as const)('by a merge that is %s signs nothing any more', async (_name, sequence) => {
    const study = freshStudy();
    const retired = `${study.patientId}OLD`;
    await hear(messageFor(study, { fillerOrderNumber: `OWN-${study.patientId}` }));
    put(study);
    await trigger.poll('a', today);
    await hear(merge(study.patientId, retired));
    const second = { fillerOrderNumber: `SECOND-${study.patientId}` };
    const tell = (change: object) =>
      hear(messageFor({ ...study, patientId: retired }, { ...second, ...change }));
    await tell({ form: 'ORU^R01', resultStatus: 'F' });
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    const undo = adt('A37^ADT_A37', `PID|1||${study.patientId}`, `PID|2||${retired}`);
    for (const step of sequence)
      await (step === 'undone' ? hear(undo) : tell({ orderControl: 'CA', orderStatus: 'CA' }));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'complete',
      readingState: 'unread',
    });
  });

  it('leaves what waits of the study as urgent as its own order is', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { fillerOrderNumber: `OWN-${study.patientId}`, priority: 'A' }));
    put(study);
    await trigger.poll('a', today);
    const tell = (patientId: string) =>
      hear(
        messageFor(
          { ...study, patientId },
          { fillerOrderNumber: `SECOND-${study.patientId}`, priority: 'S' },
        ),
      );
    const waiting = async () =>
      (await trigger.steps(await trigger.study(study.studyInstanceUid))).map(({ priority }) => priority);
    await tell(study.patientId);
    expect(new Set(await waiting())).toEqual(new Set([1]));
    await tell('SOMEBODY-ELSE');
    expect(new Set(await waiting())).toEqual(new Set([2]));
  });

  it('is news where the study is held over another one already, and so is what it comes to state', async () => {
    const study = freshStudy();
    put(study);
    await trigger.poll('a', today);
    await trigger.settle();
    const tell = (number: string, patientId: string) =>
      hear(messageFor({ ...study, patientId }, { fillerOrderNumber: `${number}-${study.patientId}` }));
    const told = async () => {
      const { id } = await trigger.study(study.studyInstanceUid);
      const events = await trigger.ledger.pool.sql.manager.findBy(EventRow, { subjectId: id });
      return events.flatMap(({ what, after }) =>
        what.startsWith('held for') || after?.['state'] === 'held' ? [String(after?.['order'])] : [],
      );
    };
    await tell('ONE', 'SOMEBODY-ELSE');
    const one = (await trigger.lastOrder()).id;
    await tell('TWO', 'A-THIRD');
    const two = (await trigger.lastOrder()).id;
    await tell('ONE', 'SOMEBODY-ELSE');
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await told()).toEqual([one, two]);
    await tell('ONE', 'A-FOURTH');
    expect(await told()).toEqual([one, two, one]);
    const { stateReason } = await trigger.study(study.studyInstanceUid);
    expect(stateReason).toMatch(
      /two patients.*; besides: a further order: .*; besides: by what an order came to state: /u,
    );
  });
});

it('a study goes on once its archive states the birth date that its order does', async () => {
  const study = freshStudy({ birthDate: '19700101', sex: 'M' });
  const { accessionNumber } = study;
  await hear(messageFor(study, { identity: { accessionNumber, birthDate: '19600102', sex: 'F' } }));
  put(study);
  await trigger.poll('a', today);
  await trigger.settle();
  expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
    state: 'held',
    stateReason: expect.stringMatching(/Patient's Birth Date, Patient's Sex/u) as unknown,
  });
  put({ ...study, birthDate: '19600102' });
  await trigger.poll('a', today);
  await trigger.settle();
  expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
});

it('a report of a third patient under a placer number of two orders changes neither', async () => {
  const [one, two] = [freshStudy(), freshStudy()];
  for (const study of [one, two]) {
    put(study);
    await hear(
      messageFor(study, { placerOrderNumber: '77', fillerOrderNumber: `F-${study.accessionNumber}` }),
    );
  }
  await trigger.poll('a', today);
  await trigger.settle();
  await hear(
    messageFor(
      { patientId: 'THIRD' },
      { form: 'ORU^R01', resultStatus: 'F', placerOrderNumber: '77', fillerOrderNumber: '' },
    ),
  );
  for (const { studyInstanceUid } of [one, two])
    expect(await trigger.study(studyInstanceUid)).toMatchObject({
      state: 'complete',
      readingState: 'unread',
    });
});

it('a merge under an issuer reaches an order that states none', async () => {
  const study = freshStudy();
  const retired = `${study.patientId}OLD`;
  await hear(messageFor({ ...study, patientId: retired }));
  put(study);
  await trigger.poll('a', today);
  await trigger.settle();
  expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
  const merge = [
    `MSH|^~\\&|RIS|HOSP|PRELECTOR|AI|20261127120000||ADT^A40^ADT_A39|M${retired}|P|2.5`,
    `PID|1||${study.patientId}^^^HOSP^MR`,
    `MRG|${retired}^^^HOSP^MR`,
    '',
  ];
  await hear(Buffer.from(merge.join('\r')));
  await trigger.settle();
  expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
});

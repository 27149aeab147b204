import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshUid, some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (study: ArchivedStudy) => some(trigger.archives['pacs']).put(study);
const arrive = async (study: ArchivedStudy) => {
  put(study);
  await trigger.poll('pacs', study.studyDate);
};
const isKnown = async (study: ArchivedStudy) =>
  (await trigger.ledger.pool.studies.byUid(study.studyInstanceUid)) !== null;
const joinedWith = async (study: ArchivedStudy) =>
  (await trigger.ledger.pool.orders.ofStudy((await trigger.study(study.studyInstanceUid)).id)).map(
    ({ id }) => id,
  );

/**
 * Two studies of one patient by a RIS that counts accession and filler numbers alike: the filler number of the
 * first one's order is the accession number of the other.
 */
function twoOfOnePatient() {
  const ordered = freshStudy();
  const other = freshStudy({ patientId: ordered.patientId });
  const fillerOrderNumber = other.accessionNumber;
  const placed = () => messageFor(ordered, { fillerOrderNumber, orderControl: 'NW', orderStatus: '' });
  const byFiller = (change: Parameters<typeof messageFor>[1] = {}) =>
    messageFor(ordered, { identity: { patientId: ordered.patientId }, fillerOrderNumber, ...change });
  return { ordered, other, placed, byFiller };
}

describe('the filler number of an order, which is the accession number of another study', () => {
  it('is never asked for once the order is known to state its accession number', async () => {
    const { ordered, other, placed, byFiller } = twoOfOnePatient();
    await hear(placed());
    put(other);
    await hear(byFiller());
    await trigger.settle();
    expect(await isKnown(other)).toBe(false);
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    put(ordered);
    await trigger.settle();
    expect(await trigger.study(ordered.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await isKnown(other)).toBe(false);
  });

  it.each(['before', 'after'])(
    'does not make that study signed when a report is heard by it %s the images',
    async (when) => {
      const { ordered, other, placed, byFiller } = twoOfOnePatient();
      await hear(placed());
      await hear(messageFor(other));
      if (when === 'before') await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
      await arrive(ordered);
      await arrive(other);
      if (when === 'after') await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
      expect(await trigger.study(ordered.studyInstanceUid)).toMatchObject({ readingState: 'final' });
      expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
    },
  );

  it('lets go of that study when the accession number is heard afterwards, and finds its own', async () => {
    const { ordered, other, placed, byFiller } = twoOfOnePatient();
    await arrive(other);
    await hear(byFiller());
    await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
    await trigger.settle();
    const { id, state } = await trigger.lastOrder();
    expect(state).toBe('arrived');
    expect(await joinedWith(other)).toEqual([id]);
    expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    await hear(placed());
    expect(await joinedWith(other)).toEqual([]);
    expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'unknown' });
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'announced' });
    put(ordered);
    await trigger.settle();
    expect(await joinedWith(ordered)).toEqual([id]);
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'arrived' });
  });
});

describe('an order whose Study Instance UID the modality did not take over', () => {
  const withUid = (study: ArchivedStudy, studyInstanceUid: string) => {
    const { patientId, accessionNumber = '' } = study;
    return messageFor(study, { identity: { patientId, accessionNumber, studyInstanceUid } });
  };

  it.each(['asked for', 'polled'])('is joined by its accession number when its study is %s', async (how) => {
    const study = freshStudy();
    await hear(withUid(study, freshUid()));
    await trigger.work();
    if (how === 'polled') await arrive(study);
    else put(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({
      state: 'arrived',
      stateReason: expect.stringMatching(
        /accession number: the modality did not use the Study Instance UID/u,
      ),
    });
  });

  it('is not taken for it as long as the study that it names is there', async () => {
    const study = freshStudy();
    const second = freshStudy({ patientId: study.patientId, accessionNumber: study.accessionNumber });
    put(study);
    put(second);
    await hear(withUid(study, second.studyInstanceUid));
    await trigger.settle();
    expect(await isKnown(study)).toBe(false);
    expect(await trigger.study(second.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('gets no study that another order names', async () => {
    const late = freshStudy();
    const early = freshStudy({ patientId: late.patientId, accessionNumber: late.accessionNumber });
    const named = (study: ArchivedStudy, fillerOrderNumber: string) =>
      messageFor(study, {
        identity: { ...study, accessionNumber: late.accessionNumber },
        fillerOrderNumber,
      });
    await hear(named(early, 'EARLY'));
    await hear(named(late, 'LATE'));
    await arrive(early);
    await trigger.settle();
    expect((await trigger.orders()).slice(-2).map(({ state }) => state)).toEqual(['arrived', 'announced']);
    put(late);
    await trigger.settle();
    expect(await trigger.study(late.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it.each([
    ['of another patient', { patientId: 'SOMEBODY-ELSE' }, 1],
    ['that are several', {}, 2],
  ])('goes on waiting for it beside studies under its accession number %s', async (_name, change, count) => {
    const study = freshStudy();
    const uid = freshUid();
    for (let each = 0; each < count; each += 1) put({ ...study, studyInstanceUid: freshUid(), ...change });
    await hear(withUid(study, uid));
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    put({ ...study, studyInstanceUid: uid });
    await trigger.settle();
    expect(await trigger.study(uid)).toMatchObject({ state: 'complete' });
  });
});

describe('a message that states an accession number alone', () => {
  const placed = (study: ArchivedStudy, number: string) =>
    messageFor(study, { fillerOrderNumber: number, placerOrderNumber: `P${number}` });
  const alone = (study: ArchivedStudy, change: Parameters<typeof messageFor>[1] = {}) =>
    messageFor(study, { fillerOrderNumber: '', ...change });
  const byNumbers = ({ patientId }: ArchivedStudy, number: string, resultStatus: string) =>
    messageFor(
      { patientId },
      { form: 'ORU^R01', fillerOrderNumber: number, placerOrderNumber: `P${number}`, resultStatus },
    );
  const cancel = { orderControl: 'CA', orderStatus: 'CA' } as const;

  it.each(['before', 'after'])('cancels every order under it %s the images', async (when) => {
    const study = freshStudy();
    await hear(placed(study, `${study.accessionNumber}-1`));
    await hear(placed(study, `${study.accessionNumber}-2`));
    const heard = (await trigger.orders()).length;
    if (when === 'before') await hear(alone(study, cancel));
    await arrive(study);
    if (when === 'after') await hear(alone(study, cancel));
    const orders = await trigger.orders();
    expect(orders).toHaveLength(heard);
    expect(orders.slice(-2).map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    const { id } = await trigger.study(study.studyInstanceUid);
    expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(true);
  });

  it('speaks of no order of another patient', async () => {
    const study = freshStudy();
    await hear(placed(study, `${study.accessionNumber}-1`));
    const { id } = await trigger.lastOrder();
    await hear(alone({ ...study, patientId: `${study.patientId}X` }, cancel));
    expect((await trigger.orders()).find((each) => each.id === id)).toMatchObject({ state: 'announced' });
  });

  it.each(['after', 'before'])(
    'is a report that a message by order numbers withdraws, when the order was heard %s it',
    async (when) => {
      const study = freshStudy();
      const number = `${study.accessionNumber}-1`;
      const report = () => hear(alone(study, { form: 'ORU^R01', resultStatus: 'F' }));
      if (when === 'after') await report();
      await hear(placed(study, number));
      if (when === 'before') await report();
      await arrive(study);
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
      await hear(byNumbers(study, number, 'X'));
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
    },
  );

  it('withdraws a report that was heard by order numbers', async () => {
    const study = freshStudy();
    const number = `${study.accessionNumber}-1`;
    await hear(placed(study, number));
    await hear(byNumbers(study, number, 'F'));
    await arrive(study);
    await hear(alone(study, { form: 'ORU^R01', resultStatus: 'X' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
  });
});

describe('a cancellation whose accession number stands only where order numbers do', () => {
  const cancel = (study: ArchivedStudy, change: Parameters<typeof messageFor>[1] = {}) =>
    messageFor(
      { patientId: study.patientId },
      {
        fillerOrderNumber: study.accessionNumber ?? '',
        orderControl: 'CA',
        orderStatus: 'CA',
        ...change,
      },
    );
  const placed = (study: ArchivedStudy, numbers: Parameters<typeof messageFor>[1] = {}) =>
    messageFor(study, { fillerOrderNumber: `F${study.accessionNumber}`, ...numbers });

  it.each(['before', 'after'])('cancels the order of that accession number %s the images', async (when) => {
    const study = freshStudy();
    await hear(placed(study));
    const { id } = await trigger.lastOrder();
    if (when === 'before') await hear(cancel(study));
    await arrive(study);
    if (when === 'after') await hear(cancel(study));
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'cancelled' });
    expect(
      await trigger.ledger.pool.orders.areCancelled((await trigger.study(study.studyInstanceUid)).id),
    ).toBe(true);
  });

  it('under a placer number of its own cancels the one order that bears none', async () => {
    const study = freshStudy();
    await hear(placed(study));
    const { id } = await trigger.lastOrder();
    await hear(cancel(study, { placerOrderNumber: 'UNKNOWN' }));
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'cancelled' });
  });

  it.each([
    ['of another placer number', { placerOrderNumber: 'P1' }, { placerOrderNumber: 'P2' }, 'same'],
    ['of another patient', {}, {}, 'other'],
  ])('cancels no order %s', async (_name, numbers, cancelled, patient) => {
    const study = freshStudy();
    await hear(placed(study, numbers));
    const { id } = await trigger.lastOrder();
    const patientId = patient === 'same' ? study.patientId : `${study.patientId}X`;
    await hear(cancel({ ...study, patientId }, cancelled));
    const order = (await trigger.orders()).find((each) => each.id === id);
    expect(order).toMatchObject({ state: 'announced' });
  });

  it('takes a report back that was heard by the accession number', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { form: 'ORU^R01', fillerOrderNumber: 'RX', resultStatus: 'F' }));
    await arrive(study);
    await hear(cancel(study, { form: 'ORU^R01', resultStatus: 'X', orderControl: 'RE' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
  });
});

describe('an order whose messages name ever new studies', () => {
  it('is held with the reason at a number, keeps what it had, and takes no more', async () => {
    const order = freshStudy();
    const naming = (studyInstanceUid: string) =>
      messageFor(order, {
        identity: { patientId: order.patientId, accessionNumber: order.accessionNumber, studyInstanceUid },
      });
    const uids = Array.from({ length: 50 }, () => freshUid());
    for (const uid of uids) await hear(naming(uid));
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced', studyInstanceUids: uids });
    await hear(naming(some(uids[3])));
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    for (let more = 0; more < 2; more += 1) await hear(naming(freshUid()));
    expect(await trigger.lastOrder()).toMatchObject({
      state: 'held',
      stateReason: expect.stringMatching(/^its messages name more than 50 studies in all/u),
      studyInstanceUids: uids,
    });
  });
});

describe('an accession number that a search alone stated', () => {
  it.each([
    ['signs nothing any more once the files state one of which it is a rest', 'Ł', 'unknown'],
    ['goes on signing where the files state another one', 'Z', 'final'],
  ])('%s', async (_what, before, readingState) => {
    const study = freshStudy();
    some(trigger.archives['pacs']).put(study);
    await trigger.poll('pacs', study.studyDate);
    expect(await trigger.hear(messageFor(study, { form: 'ORU^R01', resultStatus: 'F' }))).toBe('AA');
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    const { ledger } = trigger;
    const { studyInstanceUid, patientId, accessionNumber } = study;
    const [node] = await ledger.pool.sql.manager.query<{ id: string }[]>(
      `SELECT id FROM pacs_node WHERE name = 'pacs'`,
    );
    const identity = { studyInstanceUid, patientId, accessionNumber: `${before}${accessionNumber}` };
    await ledger.transaction(async (tx) => {
      await tx.locks.aboutStudies([{ studyInstanceUid, identities: [identity] }]);
      const known = some(await tx.studies.byUid(studyInstanceUid));
      await tx.joining.joinStudy(known, { nodeId: some(node).id, identity }, { who: 'analysis' });
    });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState });
  });
});

describe('an explicit null beside the place where the accession number stands', () => {
  const sayings = {
    placed: ['OMI^O23', 'NW', '', ''],
    signed: ['ORU^R01', 'RE', 'CM', 'F'],
    cancelled: ['OMI^O23', 'CA', 'CA', ''],
  } as const;
  type Saying = keyof typeof sayings;
  type Place = 'OBR-18' | 'OBR-3' | 'ORC-3';

  function message(study: ArchivedStudy, saying: Saying, place: Place): Buffer {
    const [type, control, status, result] = sayings[saying];
    const at = (each: Place) => (each === place ? study.accessionNumber : '""');
    return Buffer.from(
      [
        `MSH|^~\\&|RIS|HOSP|PRELECTOR|AI|20261127120000||${type}|M${study.patientId}${saying}|P|2.5`,
        `PID|1||${study.patientId}||DOE^JANE||19600101|F`,
        `ORC|${control}|P${study.patientId}|${at('ORC-3')}||${status}`,
        `OBR|1|""|${at('OBR-3')}${'|'.repeat(15)}${at('OBR-18')}${'|'.repeat(7)}${result}`,
        'IPC|""|RP1',
        '',
      ].join('\r'),
    );
  }

  const places: readonly Place[] = ['OBR-18', 'OBR-3', 'ORC-3'];
  const ends: readonly Saying[][] = [['signed'], ['placed', 'signed'], ['placed', 'cancelled']];
  it.each(places.flatMap((place) => ends.map((said) => [place, said.join(', '), said] as const)))(
    'does not keep %s from being read: %s',
    async (place, _name, said) => {
      const study = freshStudy();
      for (const saying of said) await hear(message(study, saying, place));
      await arrive(study);
      const { id, readingState } = await trigger.study(study.studyInstanceUid);
      const end = said.at(-1);
      expect(readingState === 'final').toBe(end === 'signed');
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(end === 'cancelled');
    },
  );
});

describe('an order that is told of by its placer number, and then by its filler number', () => {
  type Number = 'placer' | 'filler';
  const numbered = (study: ArchivedStudy, by: Number, name: string = by): Parameters<typeof messageFor>[1] =>
    by === 'placer'
      ? { placerOrderNumber: `${name}-${study.patientId}`, fillerOrderNumber: '' }
      : { fillerOrderNumber: `${name}-${study.patientId}` };
  const placing = { orderControl: 'NW', orderStatus: '' } as const;
  const cancelling = { orderControl: 'CA', orderStatus: 'CA' } as const;
  const ways: [Number, Number][] = [
    ['placer', 'filler'],
    ['filler', 'placer'],
  ];

  it.each(ways)('is cancelled under its accession number: %s, then %s', async (first, second) => {
    for (const when of ['before', 'after']) {
      const study = freshStudy();
      await hear(messageFor(study, { ...numbered(study, first), ...placing }));
      if (when === 'before') await arrive(study);
      await hear(messageFor(study, { ...numbered(study, second), ...cancelling }));
      if (when === 'after') await arrive(study);
      const { id } = await trigger.study(study.studyInstanceUid);
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(true);
    }
  });

  it.each(ways)(
    'is not what another procedure is of that is told of by both: %s, then %s',
    async (first, second) => {
      const study = freshStudy();
      const both = { ...numbered(study, first, 'another'), ...numbered(study, second) };
      await hear(messageFor(study, { ...numbered(study, first), ...placing }));
      await hear(messageFor(study, { ...numbered(study, second), orderControl: 'SC', orderStatus: 'IP' }));
      await hear(messageFor(study, { ...both, ...placing }));
      await arrive(study);
      const { id } = await trigger.study(study.studyInstanceUid);
      await hear(messageFor(study, { ...both, ...cancelling }));
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(false);
      await hear(messageFor(study, { ...numbered(study, first), ...cancelling }));
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(true);
    },
  );

  it('is not signed away by a withdrawn report of another procedure', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { ...numbered(study, 'placer'), ...placing }));
    await hear(messageFor(study, { ...numbered(study, 'placer'), form: 'ORU^R01', resultStatus: 'F' }));
    await arrive(study);
    await hear(messageFor(study, { ...numbered(study, 'filler'), form: 'ORU^R01', resultStatus: 'X' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
  });

  it.each(ways)('is another where several stand under that number: %s, then %s', async (first, second) => {
    const study = freshStudy();
    for (const name of ['one', 'two'])
      await hear(messageFor(study, { ...numbered(study, first, name), ...placing }));
    const before = await trigger.orders();
    await hear(messageFor(study, { ...numbered(study, second), ...cancelling }));
    const after = await trigger.orders();
    expect(after).toHaveLength(before.length + 1);
    expect(after.slice(-3).map(({ state }) => state)).toEqual(['announced', 'announced', 'cancelled']);
  });

  it.each(ways)('is that of its patient alone: %s, then %s', async (first, second) => {
    const study = freshStudy();
    await hear(messageFor(study, { ...numbered(study, first), ...placing }));
    await hear(
      messageFor(
        { ...study, patientId: `${study.patientId}X` },
        { ...numbered(study, second), ...cancelling },
      ),
    );
    expect((await trigger.orders()).slice(-2).map(({ state }) => state)).toEqual(['announced', 'cancelled']);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderKeyRow } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, merge, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

type Change = Parameters<typeof messageFor>[1];

const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
};

const said = {
  NW: { orderControl: 'NW', orderStatus: '' },
  NA: { orderControl: 'NA', orderStatus: '' },
  SC: { orderControl: 'SC', orderStatus: 'IP' },
  CM: { orderControl: 'SC', orderStatus: 'CM' },
  XO: { orderControl: 'XO', orderStatus: '' },
  CA: { orderControl: 'CA', orderStatus: 'CA' },
  P: { form: 'ORU^R01', resultStatus: 'P' },
  F: { form: 'ORU^R01', resultStatus: 'F' },
  X: { form: 'ORU^R01', resultStatus: 'X' },
} as const satisfies Record<string, Change>;

/**
 * A patient with numbers, and what is heard of them: `NW p A` places the placer number under accession number A, `@2`
 * says so of another patient, and `A40 @1 @2` that the first number stands for both.
 */
function patient() {
  const study = freshStudy();
  const accession = (letter: string) => `${study.accessionNumber}${letter}`;
  const numbered = (patient: string) =>
    patient === '@1' ? study.patientId : `X${patient}${study.patientId}`;
  const hear = async (text: string) => {
    const [kind = '', ...stated] = text.split(' ');
    if (kind === 'A40') {
      const [survivor = '', retired = ''] = stated.map(numbered);
      expect(await trigger.hear(merge(survivor, retired))).toBe('AA');
      return;
    }
    const number = (letter: string) => {
      const one = stated.find((each) => each.startsWith(letter));
      return one ? `${one}-${study.patientId}` : '';
    };
    const of = stated.find((each) => /^[A-Z]$/u.test(each));
    const change = said[kind as keyof typeof said];
    const accessionNumber = stated.includes('""') ? '""' : of && accession(of);
    const identity = {
      patientId: numbered(
        stated.find((each) => each.startsWith('@')) ?? (stated.includes('other') ? '@2' : '@1'),
      ),
      ...(accessionNumber ? { accessionNumber } : {}),
      ...(stated.includes('+U') ? { studyInstanceUid: study.studyInstanceUid } : {}),
      ...(stated.includes('+V') ? { studyInstanceUid: `${study.studyInstanceUid}.2` } : {}),
    };
    const numbers = { placerOrderNumber: number('p'), fillerOrderNumber: number('f') };
    const message = messageFor(identity, { ...numbers, identity, ...change });
    expect(await trigger.hear(message)).toBe('AA');
  };
  const images = (letter: string) => ({ ...study, accessionNumber: accession(letter) });
  const rows = async () => {
    const known = await trigger.ledger.pool.sql.manager.find(OrderKeyRow);
    const last = (await trigger.orders()).slice(-4).map(({ id }) => id);
    return last.map((id) => known.filter((key) => key.orderId === id));
  };
  const whatIs = async () => {
    const { id, state, readingState } = await trigger.study(study.studyInstanceUid);
    return { state, readingState, isCancelled: await trigger.ledger.pool.orders.areCancelled(id) };
  };
  return { study, hear, images, rows, whatIs };
}

const steps = (text: string) => text.split('; ');

/** Plays messages and the images of an accession number, at each moment among them. */
async function atEachMoment(text: string, letter: string, expected: object): Promise<void> {
  const messages = steps(text);
  for (let at = 0; at <= messages.length; at += 1) {
    const { hear, images, whatIs } = patient();
    for (const [index, message] of messages.entries()) {
      if (index === at) await arrive(images(letter));
      await hear(message);
      await trigger.settle();
    }
    if (at === messages.length) await arrive(images(letter));
    await trigger.settle();
    expect({ at, ...(await whatIs()) }).toMatchObject({ at, ...expected });
    // An order whose images never come is not asked for in the next play.
    await trigger.forget();
  }
}

const signed = { readingState: 'final', isCancelled: false };
const cancelled = { isCancelled: true };
const free = { state: 'complete', readingState: 'unread', isCancelled: false };

describe('an order that a RIS placed by its placer number, and others told of by its filler number', () => {
  it.each<[string, string, string, object]>([
    ['is corrected more than once', 'NW p A; SC f A; XO p f B; XO p f C; F p f C', 'A', signed],
    ['is so under each number that it bore', 'NW p A; SC f A; XO p f B; XO p f C; CA p f C', 'B', cancelled],
    [
      'was told of by the right number before it was corrected',
      'NW p A; SC f B; XO p f B; F p f B',
      'A',
      signed,
    ],
    ['the same, cancelled', 'NW p A; F f B; XO p f B; CA p f B', 'A', cancelled],
    ['the same, the other way round', 'SC f A; NW p B; XO p f B; CA p f B', 'A', cancelled],
    ['has its number deleted', 'NW p A; SC f A; XO p f ""; F p f', 'A', signed],
    ['the same, cancelled', 'NW p A; SC f A; XO p f ""; CA p f', 'A', cancelled],
    [
      'was reported by one number before it was corrected',
      'NW p A; P f A; XO p f B; CA p f B',
      'A',
      cancelled,
    ],
    ['has its report withdrawn by the other', 'NW p A; SC f A; F p f A; X p A', 'A', free],
    ['the same, once both were assigned', 'NW p A; F f A; NA p f A; X p A', 'A', free],
    ['is one procedure of a grouped one', 'NW p A; NW p B; SC f A; NA p f A; XO p f C; F p f C', 'A', signed],
    ['the same, cancelled', 'NW p A; NW p B; SC f A; XO p f C; CA p f C', 'A', cancelled],
    ['is one of these from the beginning', 'NW p A; NW p B; NW p f A; XO p f C; F p f C', 'A', signed],
    ['was cancelled and placed anew', 'NW p A; SC f A; CA p A; NW p f A; XO p f B; F p f B', 'A', signed],
    [
      'the same, by its other number',
      'NW p A; SC f A; CA f A; NW p A; SC p f A; XO p f B; CA p f B',
      'A',
      cancelled,
    ],
    ['is cancelled by one of them', 'NW p A; CA f A; SC p f A', 'A', cancelled],
    [
      'was cancelled under a number that a change replaces',
      'NW p A; CA p A; SC f B; XO p f B',
      'A',
      cancelled,
    ],
    ['the same, by its other number', 'NW p A; CA f B; XO p f A', 'B', cancelled],
    ['the same, of one completed since', 'NW p A; CA p A; CM f B; XO p f B', 'A', cancelled],
    ['was placed since', 'CA f A; NW p A; SC p f A', 'A', { state: 'complete', isCancelled: false }],
    ['had its report withdrawn before it was known as one', 'NW p A; F f A; X p A; NA p f A', 'A', free],
    ['the same, after a correction', 'NW p A; SC f A; F f A; XO p f B; X p f B', 'B', free],
  ])(
    '%s: %s, images %s',
    async (_name, text, letter, expected) => atEachMoment(text, letter, expected),
    60_000,
  );

  it('is one from the message on that states both', async () => {
    const { study, hear, images, rows } = patient();
    await hear('NW p A');
    await hear('CM f A');
    await arrive(images('A'));
    const before = await trigger.ledger.pool.orders.ofStudy((await trigger.study(study.studyInstanceUid)).id);
    expect(before).toHaveLength(2);
    await hear('NA p f A');
    const after = await trigger.ledger.pool.orders.ofStudy((await trigger.study(study.studyInstanceUid)).id);
    expect(after).toMatchObject([{ id: before[0]?.id, acquisitionEnded: true, state: 'arrived' }]);
    const kinds = (await rows()).at(-1)?.map(({ kind }) => kind);
    expect(kinds?.toSorted()).toEqual(['accession', 'filler', 'placer']);
  });

  it('that waits for its images still finds them', async () => {
    const { hear, images, whatIs } = patient();
    await hear('NW p A');
    await hear('CM f A');
    await hear('NA p f A');
    some(trigger.archives['pacs']).put(images('A'));
    trigger.ahead += 3600;
    await trigger.settle();
    expect(await whatIs()).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it('is asked for as one, where a question for the one that is gone is under way', async () => {
    const { study, hear, images, whatIs } = patient();
    await hear('NW p A');
    await hear('CM f A');
    const { id } = await trigger.lastOrder();
    some(trigger.archives['pacs']).put(images('A'));
    const commit = await trigger.asked();
    await hear('NA p f A');
    await expect(commit()).rejects.toMatchObject({ code: 'ledger.order-united', recovery: 'transient' });
    await trigger.settle();
    expect(await whatIs()).toMatchObject({ state: 'complete' });
    const orders = await trigger.ledger.pool.orders.ofStudy((await trigger.study(study.studyInstanceUid)).id);
    expect(orders.map((each) => each.id)).not.toContain(id);
    expect(orders).toHaveLength(1);
  });

  it('may stand twice before, and as one, in one message', async () => {
    const { study, whatIs, images, hear } = patient();
    await hear('NW p A');
    const { accessionNumber } = images('A');
    const numbers = (placer: string, filler: string) => `${placer}|${filler}`;
    const [placer, filler] = [`p-${study.patientId}`, `f-${study.patientId}`];
    const group = (both: string) => [
      `ORC|RE|${both}||CM`,
      `OBR|1|${both}|CT^CT^L${'|'.repeat(14)}${accessionNumber}${'|'.repeat(7)}F`,
    ];
    const lines = [
      `MSH|^~\\&|RIS|HOSP|PRELECTOR|AI|20261127120000||ORU^R01|${placer}|P|2.5.1`,
      `PID|1||${study.patientId}`,
      ...group(numbers('', filler)),
      ...group(numbers(placer, filler)),
      ...group(numbers(placer, '')),
    ];
    expect(await trigger.hear(Buffer.from(`${lines.join('\r')}\r`))).toBe('AA');
    await arrive(images('A'));
    expect(await whatIs()).toMatchObject(signed);
    expect(
      await trigger.ledger.pool.orders.ofStudy((await trigger.study(study.studyInstanceUid)).id),
    ).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['of two accession numbers that nothing corrects', 'NW p A; SC f B; SC p f B'],
    ['of a third accession number', 'NW p A; SC f A; SC p f C'],
    ['of two patients', 'NW p A; SC f A other; SC p f A'],
    ['of two studies', 'NW p A +V; SC f A +U; SC p f A'],
    ['under two filler numbers', 'NW p f1 A; SC f2 A; SC p f2 A'],
  ])('stays two where a message speaks of procedures %s: %s', async (_name, text) => {
    const { hear } = patient();
    const before = (await trigger.orders()).length;
    for (const message of steps(text)) await hear(message);
    expect((await trigger.orders()).length - before).toBeGreaterThan(1);
  });
});

describe('an order that stood apart only because of its patients, who were merged', () => {
  it.each<[string, string, string, object]>([
    ['was corrected for one of them', 'NW p A; SC f A @2; XO p f B @2; A40 @1 @2; CA p f B', 'A', cancelled],
    [
      'the same, cancelled by one number',
      'NW p A; SC f A @2; XO p f B @2; A40 @1 @2; CA f B',
      'A',
      cancelled,
    ],
    ['the same, signed', 'NW p A; SC f A @2; XO p f B @2; A40 @1 @2; F p f B', 'A', signed],
    ['the same, cancelled before', 'NW p A; SC f A @2; XO p f B @2; CA p f B @2; A40 @1 @2', 'A', cancelled],
    ['the same, signed before', 'NW p A; SC f A @2; XO p f B @2; F p f B @2; A40 @1 @2', 'A', signed],
    ['was corrected for the other', 'NW p A; SC f A @2; XO p f B; A40 @1 @2; CA p f B', 'A', cancelled],
    ['was corrected for a third', 'NW p A; SC f A; XO p f B @3; A40 @1 @3; CA p f B', 'A', cancelled],
    ['was corrected while it stood once', 'NW p f A; XO p f B @2; A40 @1 @2; CA p f B', 'A', cancelled],
    [
      'was told of by the right number',
      'NW p A; SC f B @2; XO p f B @2; A40 @1 @2; CA p f B',
      'A',
      cancelled,
    ],
    ['the same, the other way round', 'SC f A; NW p B @2; XO p f B @2; A40 @1 @2; CA p f B', 'A', cancelled],
    ['had both numbers assigned', 'NW p A; SC f A @2; NA p f A @2; A40 @1 @2; CA f A', 'A', cancelled],
    ['the same, cancelled before', 'NW p A; SC f A @2; CA p f A @2; A40 @1 @2', 'A', cancelled],
    [
      'had both numbers assigned, and was corrected then',
      'NW p A; SC f A @2; NA p f A @2; XO p f B @2; A40 @1 @2; CA p f B',
      'A',
      cancelled,
    ],
    ['had its number deleted', 'NW p A; SC f A @2; XO p f "" @2; A40 @1 @2; CA p f', 'A', cancelled],
    ['was told of by its accession number alone', 'NW p A; CM A @2; A40 @1 @2; CA p A', 'A', cancelled],
    [
      'is one procedure of a grouped one',
      'NW p A; NW p C; SC f A @2; XO p f B @2; A40 @1 @2; CA p f B',
      'A',
      cancelled,
    ],
  ])(
    '%s: %s, images %s',
    async (_name, text, letter, expected) => atEachMoment(text, letter, expected),
    60_000,
  );

  it('is asked for as one, where a question for the one that is gone is under way', async () => {
    const { study, hear, images, whatIs } = patient();
    for (const message of steps('NW p A; CM f A @2; NA p f A @2')) await hear(message);
    some(trigger.archives['pacs']).put(images('A'));
    const commit = await trigger.asked();
    await hear('A40 @1 @2');
    await expect(commit()).rejects.toMatchObject({ code: 'ledger.order-united', recovery: 'transient' });
    await trigger.settle();
    expect(await whatIs()).toMatchObject({ state: 'complete' });
    const { id } = await trigger.study(study.studyInstanceUid);
    expect(await trigger.ledger.pool.orders.ofStudy(id)).toMatchObject([{ acquisitionEnded: true }]);
  });

  it('is one, that bears every number', async () => {
    const { hear, rows } = patient();
    const before = (await trigger.orders()).length;
    for (const message of steps('NW p A; SC f A @2; XO p f B @2; A40 @1 @2')) await hear(message);
    expect((await trigger.orders()).length - before).toBe(1);
    const kinds = (await rows()).at(-1)?.map(({ kind }) => kind);
    expect(kinds?.toSorted()).toEqual(['accession', 'filler', 'former-accession', 'placer']);
  });

  it.each<[string, string, number]>([
    ['of patients that are two still', 'NW p A; SC f A @2; XO p f B @2; A40 @1 @3', 3],
    ['of two accession numbers that nothing corrects', 'NW p f A; NW p f B @2; A40 @1 @2', 2],
    ['the same, both changed', 'NW p f A; NW p f B @2; XO p f B @2; A40 @1 @2', 2],
    ['that stood apart when both were of one patient', 'NW p A; NW p C; XO p f B; NW p2 C @2; A40 @1 @2', 4],
    ['placed after the correction', 'XO p f B @2; NW p A; A40 @1 @2', 2],
    ['of two studies', 'NW p A +V; SC f A +U @2; XO p f B +U @2; A40 @1 @2', 3],
    ['under two filler numbers', 'NW p f1 A; NW p f2 A @2; A40 @1 @2', 2],
  ])('stays what it is where it is of procedures %s: %s', async (_name, text, count) => {
    const { hear } = patient();
    const before = (await trigger.orders()).length;
    for (const message of steps(text)) await hear(message);
    expect((await trigger.orders()).length - before).toBe(count);
  });
});

describe('procedures under one placer number, each with a filler number of its own', () => {
  it.each(['CA p f2 A', 'CA f2 A'])('are cancelled each for itself: %s', async (message) => {
    const text = `NW p f1 A; NW p f2 A; ${message}`;
    await atEachMoment(text, 'A', { state: 'complete', isCancelled: false });
  });

  it('are all cancelled by the placer number alone', async () => {
    await atEachMoment('NW p f1 A; NW p f2 A; CA p A', 'A', cancelled);
  });
});

it('a study that two placed procedures name is not held over the accession number of the one that is cancelled', async () => {
  await atEachMoment('NW p1 f1 A +U; NW p2 f2 B +U; CA p1 f1 A', 'A', {
    state: 'complete',
    isCancelled: false,
  });
});

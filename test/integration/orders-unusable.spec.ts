import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readAck } from '@prelector/hl7';
import type { ReceivedAck } from '@prelector/hl7';
import type { ToldMessage, ToldOrder } from '@prelector/ledger';
import { messageLines } from '../../apps/prelector/src/commands/messages.js';
import { orderLines } from '../../apps/prelector/src/commands/orders.js';
import { by, some } from './ledger.testing.js';
import { TestTrigger, freshStudy, today } from './trigger.testing.js';

jest.setTimeout(60_000);

/**
 * Orders that cannot be used, beside others in a message and alone, by both policies of a feed. A message is written
 * by hand, because no sender of ours makes such a one.
 */
describe('an order that cannot be used', () => {
  let trigger: TestTrigger;
  beforeAll(async () => {
    trigger = await TestTrigger.start({ pacs: 'clinical' });
  });
  afterAll(() => trigger.stop());

  let serial = 0;
  const freshId = () => `U${(serial += 1)}`;
  type Order = readonly [numbers: string, accession: string];

  /** An order for each pair of `placer|filler` and accession number, of one patient. */
  const message = (
    id: string,
    patient: string,
    orders: readonly Order[],
    { control = 'XO', status = 'CM', type = 'ORM^O01', result = '' } = {},
  ) =>
    Buffer.from(
      [
        `MSH|^~\\&|RIS|HOSP|PRE|AI|${today}||${type}|${id}|P|2.5.1`,
        `PID|1||${patient}||Case^Test||19600101|F`,
        ...orders.flatMap(([numbers, accession]) => [
          `ORC|${control}|${numbers}||${status}`,
          `OBR|1|${numbers}|CT^CT^L${'|'.repeat(14)}${accession}${result ? `${'|'.repeat(7)}${result}` : ''}`,
        ]),
      ].join('\r') + '\r',
    );

  const hear = async (bytes: Uint8Array): Promise<ReceivedAck> => {
    const ack = readAck(some((await trigger.answer(bytes))[0]));
    if (!ack.ok) throw new Error(ack.error.text);
    return ack.value;
  };

  /** Configures the feed anew, by which messages that could not be used are judged anew. */
  const configure = async (change: Record<string, unknown>) => {
    const feed = { name: 'ris', port: 0, nodes: ['pacs'], ...change };
    await trigger.configureFeed((tx) =>
      tx.configurationChanges.apply({ feeds: [{ name: 'ris', body: feed }] }, by),
    );
  };

  const told = async (id: string): Promise<ToldMessage> =>
    some((await trigger.ledger.pool.feeds.messages({ limit: 50 })).find(({ controlId }) => controlId === id));

  /** The orders that a message spoke of, those that can be used first. */
  const ordersOf = async (id: string): Promise<ToldOrder[]> => {
    const ids = (await told(id)).orders;
    const { orders } = await trigger.ledger.pool.orderSearch.find({ limit: 200 });
    return orders.filter((each) => ids.includes(each.id)).sort((a, b) => a.state.localeCompare(b.state));
  };

  it.each([
    ['AA', 'used'],
    ['AR', 'used'],
  ])('hinders none beside it, and all is told, where the feed answers %s', async (policy, outcome) => {
    await configure({ unusable: policy });
    const [one, other, id] = [freshStudy(), freshStudy(), freshId()];
    some(trigger.archives['pacs']).put({ ...one, patientId: 'PX' });
    const bytes = message(id, 'PX', [
      [`P1${id}|`, one.accessionNumber],
      ['|', 'A*1'],
      [`P3${id}|`, other.accessionNumber],
    ]);
    const ack = await hear(bytes);
    const words = expect.stringMatching(
      /^Order 2 of 3 cannot be used: the accession number holds \*.* Everything else of the message is taken\.$/u,
    );
    expect(ack).toMatchObject({ code: policy, text: words });
    expect(await told(id)).toMatchObject({ outcome, ack: policy, reason: words });
    expect((await ordersOf(id)).map(({ state }) => state)).toEqual(['announced', 'announced', 'unusable']);
    await trigger.settle();
    expect(await trigger.study(one.studyInstanceUid)).toMatchObject({ state: 'complete' });
    // A sender that was refused sends it again and again.
    const before = await trigger.orders();
    for (let round = 0; round < 3; round += 1) expect(await hear(bytes)).toMatchObject(ack);
    expect(await trigger.orders()).toEqual(before);
  });

  it.each(['AA', 'AR'])(
    'alone is kept, told with its reason, and refused (the policy is %s)',
    async (policy) => {
      await configure({ unusable: policy });
      const id = freshId();
      expect(await hear(message(id, 'PX', [['|', 'A?']]))).toMatchObject({
        code: 'AR',
        text: expect.stringMatching(/^The order cannot be used: the accession number holds [^.]*\.$/u),
      });
      const order = some((await ordersOf(id))[0]);
      expect(order).toMatchObject({
        state: 'unusable',
        stateReason: expect.stringMatching(/^the accession number holds/u),
      });
      const lines = orderLines({ orders: [order], more: false }).join('\n');
      expect(lines).toMatch(/known by no number that can be used\n {2}unusable: the accession number holds/u);
      expect(messageLines({ feeds: [], turnedAway: [], messages: [await told(id)] }).join('\n')).toContain(
        'refused, answered AR: The order cannot be used',
      );
      const waiting = await trigger.ledger.pool.status.needsPerson();
      expect(waiting.find((each) => each.id === order.id)).toMatchObject({
        kind: 'order',
        state: 'unusable',
      });
    },
  );

  it('changes nothing of the order that bears its number, where its patient cannot be read', async () => {
    await configure({ unusable: 'AA' });
    const [study, first, second] = [freshStudy(), freshId(), freshId()];
    await hear(message(first, 'PX', [[`P${first}|`, study.accessionNumber]]));
    const { setAside, ...before } = await trigger.lastOrder();
    expect(setAside).toEqual([]);
    const said = message(second, 'P*', [[`P${first}|`, study.accessionNumber]], { control: 'CA' });
    expect(await hear(said)).toMatchObject({ code: 'AR' });
    // A person finds it by what the message stated.
    expect(await trigger.lastOrder()).toMatchObject({ ...before, setAside: [expect.any(String)] });
    const [order] = await ordersOf(second);
    expect(order).toMatchObject({ id: before.id, state: 'announced' });
    expect(orderLines({ orders: [some(order)], more: false }).join('\n')).toMatch(
      /last message ORM\^O01 U\d+ at .*: The order cannot be used: the patient id/u,
    );
  });

  it.each([
    ['XO', 'CM', 'unusable'],
    ['NW', '', 'announced'],
  ])('is usable once a message %s of its number states what was wrong', async (control, status, state) => {
    const [study, first] = [freshStudy({ patientId: 'PX' }), freshId()];
    await hear(message(first, 'PX', [[`P${first}|`, 'A*1']], { control, status }));
    expect(await trigger.lastOrder()).toMatchObject({ state });
    await hear(message(freshId(), 'PX', [[`P${first}|`, study.accessionNumber]], { control, status }));
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    some(trigger.archives['pacs']).put(study);
    await trigger.poll('pacs', study.studyDate);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('of a report is no report', async () => {
    const [study, id] = [freshStudy({ patientId: 'PX' }), freshId()];
    some(trigger.archives['pacs']).put(study);
    await hear(message(id, 'PX', [[`P${id}|`, study.accessionNumber]]));
    await trigger.settle();
    await hear(
      message(freshId(), 'P*', [[`P${id}|`, study.accessionNumber]], { type: 'ORU^R01', result: 'F' }),
    );
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
  });

  it.each(['AA', 'AR'])(
    'is taken by itself when the message comes again after its feed was mended, which answered %s',
    async (policy) => {
      await configure({ unusable: policy, mapping: { accessionNumber: [{ value: 'OBR-3', issuer: [] }] } });
      const [one, other, id] = [freshStudy(), freshStudy(), freshId()];
      const bytes = message(id, 'PX', [
        [`P1${id}|${one.accessionNumber}`, ''],
        ['|A*', other.accessionNumber],
      ]);
      expect(await hear(bytes)).toMatchObject({ code: policy });
      expect(await ordersOf(id)).toMatchObject([{ state: 'announced' }, { state: 'unusable' }]);
      // What the first order said has been overtaken meanwhile, and must not come back.
      await hear(message(freshId(), 'PX', [[`P1${id}|${one.accessionNumber}`, '']], { control: 'CA' }));
      await configure({ unusable: policy });
      expect(await hear(bytes)).toMatchObject({ code: 'AA' });
      const orders = await ordersOf(id);
      expect(orders.map(({ state }) => state)).toEqual(['announced', 'cancelled']);
      expect(orders[0]?.numbers?.accessions).toMatchObject([{ value: other.accessionNumber }]);
      const before = await trigger.orders();
      expect(await hear(bytes)).toMatchObject({ code: 'AA' });
      expect(await trigger.orders()).toEqual(before);
    },
  );

  it('leaves what its feed took as it was when a later configuration cannot read the message at all', async () => {
    await configure({ unusable: 'AR' });
    const [study, id] = [freshStudy(), freshId()];
    const bytes = message(id, 'PX', [
      [`P1${id}|`, study.accessionNumber],
      ['|', '*'],
    ]);
    const ack = await hear(bytes);
    const before = await told(id);
    await configure({ unusable: 'AR', sendingApplication: 'OTHER' });
    expect(await hear(bytes)).toMatchObject(ack);
    expect(await told(id)).toMatchObject({ outcome: 'used', orders: before.orders, reason: before.reason });
    await configure({});
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReceivedAck } from '@prelector/hl7';
import { readAck } from '@prelector/hl7';
import type { OrderQuery } from '@prelector/ledger';
import { readOrders } from '@prelector/pipeline';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, today } from './trigger.testing.js';

jest.setTimeout(60_000);

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger.stop());

let serial = 0;
const freshId = () => `SA${(serial += 1)}`;
const patient = 'PX^^^HOSP^MR';

interface Said {
  readonly type?: string;
  readonly patient?: string;
  readonly control?: string;
  readonly status?: string;
  /** `placer|filler`. */
  readonly numbers?: string;
  /** OBR-18. */
  readonly accession?: string;
  readonly result?: string;
  /** Further segments. */
  readonly more?: readonly string[];
}

/** Written by hand, because no sender of ours makes such a message. */
const message = (...orders: Said[]) => {
  const id = freshId();
  const lines = orders.flatMap(
    ({ control = 'RE', numbers = '|', status = '', accession = '', result = '', more = [] }) => [
      `ORC|${control}|${numbers}||${status}`,
      `OBR|1|${numbers}|CT^CT^L${'|'.repeat(14)}${accession}${'|'.repeat(7)}${result}`,
      ...more,
    ],
  );
  const [first] = orders;
  return {
    id,
    bytes: Buffer.from(
      [
        `MSH|^~\\&|RIS|HOSP|PRE|AI|${today}||${first?.type ?? 'ORM^O01'}|${id}|P|2.5.1`,
        `PID|1||${first?.patient ?? patient}||Case^Test||19600101|F`,
        ...lines,
      ].join('\r') + '\r',
    ),
  };
};

const hear = async (...orders: Said[]): Promise<ReceivedAck> => {
  const { id, bytes } = message(...orders);
  const ack = readAck(some((await trigger.answer(bytes))[0]));
  if (!ack.ok) throw new Error(ack.error.text);
  const told = (await trigger.ledger.pool.feeds.messages({ limit: 50 })).find(
    ({ controlId }) => controlId === id,
  );
  expect(told).toMatchObject({ ack: ack.value.code });
  // What the sender is told stands where a person looks.
  if (ack.value.text) expect(told).toMatchObject({ reason: ack.value.text });
  return ack.value;
};

const report = (said: Said): Said => ({ type: 'ORU^R01', result: 'F', ...said });
const ask = async (query: Partial<OrderQuery>) =>
  (await readOrders(trigger.ledger, { limit: 50, ...query })).orders;
const ours = () => freshStudy({ patientId: 'PX' });
const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
  await trigger.settle();
};
const reading = async ({ studyInstanceUid }: ArchivedStudy) =>
  (await trigger.study(studyInstanceUid))?.readingState;
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

describe('an identifier that cannot be used beside good ones', () => {
  it.each(['1.2.840.113619.2.55.', 'DUMMY'])(
    'lets the report be of the study of its accession number, whichever comes first: UID %p',
    async (uid) => {
      const [before, after] = [ours(), ours()];
      await arrive(before);
      for (const study of [before, after]) {
        const said = { accession: study.accessionNumber, more: [`ZDS|${uid}`] };
        expect(await hear(report(said))).toMatchObject({
          code: 'AA',
          text: matching(/^The order has a part that is not used: a Study Instance UID is not one/u),
        });
      }
      await arrive(after);
      expect([await reading(before), await reading(after)]).toEqual(['final', 'final']);
    },
  );

  it('lets the second report of a message count, and says which one it is', async () => {
    const [one, other] = [ours(), ours()];
    const said = { accession: other.accessionNumber, more: ['ZDS|1.2.3.'] };
    expect(await hear(report({ accession: one.accessionNumber }), report(said))).toMatchObject({
      code: 'AA',
      text: matching(/^Order 2 of 2 has a part that is not used: a Study Instance UID/u),
    });
    await arrive(one);
    await arrive(other);
    expect([await reading(one), await reading(other)]).toEqual(['final', 'final']);
  });

  it('lets a report and a cancellation be of the order of their numbers: accession number', async () => {
    const [study, id] = [ours(), freshId()];
    const numbers = `P${id}|F${id}`;
    await hear({ control: 'NW', numbers, accession: study.accessionNumber });
    await arrive(study);
    const remark = matching(/^The order has a part that is not used: the accession number holds/u);
    expect(await hear(report({ numbers, accession: 'A*' }))).toMatchObject({ code: 'AA', text: remark });
    expect(await reading(study)).toBe('final');
    expect(await hear({ control: 'CA', numbers, accession: 'A*' })).toMatchObject({
      code: 'AA',
      text: remark,
    });
    expect(await ask({ orderNumber: { value: `F${id}` } })).toMatchObject([{ state: 'cancelled' }]);
  });

  it('lets a report count for the study that it names, and for no other of its order number', async () => {
    const [one, other, id] = [ours(), ours(), freshId()];
    const numbers = `P${id}|F${id}`;
    for (const { accessionNumber } of [one, other])
      await hear({ control: 'NW', numbers, accession: accessionNumber });
    await arrive(one);
    await arrive(other);
    expect(await hear(report({ numbers, accession: 'A*' }))).toMatchObject({
      code: 'AR',
      text: matching(
        /^The order cannot be used: its accession number cannot be used, and its order numbers/u,
      ),
    });
    expect([await reading(one), await reading(other)]).toEqual(['unknown', 'unknown']);
    await hear(report({ numbers, accession: 'A*', more: [`ZDS|${other.studyInstanceUid}`] }));
    expect([await reading(one), await reading(other)]).toEqual(['unknown', 'final']);
  });

  it('takes no order number for the accession number that cannot be read', async () => {
    const study = ours();
    await arrive(study);
    await hear(report({ numbers: `|${study.accessionNumber}`, accession: 'A*' }));
    expect(await reading(study)).toBe('unknown');
    await hear(report({ numbers: `|${study.accessionNumber}` }));
    expect(await reading(study)).toBe('final');
  });

  it('leaves the other ids of the patient to compare', async () => {
    const study = ours();
    await arrive(study);
    const said = { accession: study.accessionNumber, patient: 'P*^^^HOSP^MR~PX^^^HOSP^PI' };
    expect(await hear(report(said))).toMatchObject({
      code: 'AA',
      text: matching(/part that is not used: the patient id/u),
    });
    expect(await reading(study)).toBe('final');
  });
});

describe('images under order numbers alone, beside an accession number that cannot be used', () => {
  it('are of no order that could be asked for, and refused with the reason', async () => {
    const id = freshId();
    const said: Said = { control: 'SC', status: 'CM', numbers: `P${id}|F${id}`, accession: '*' };
    expect(await hear(said)).toMatchObject({
      code: 'AR',
      text: matching(/^The order cannot be used: the accession number holds [^.]*\.$/u),
    });
    expect(await ask({ orderNumber: { value: `F${id}` } })).toMatchObject([
      { state: 'unusable', stateReason: matching(/^the accession number holds/u) },
    ]);
  });
});

describe('an order is found by what its message stated and what does not count', () => {
  it('that cannot be used, by accession number and UID', async () => {
    const { accessionNumber, studyInstanceUid } = ours();
    const said = { accession: accessionNumber, patient: 'P?', more: [`ZDS|${studyInstanceUid}`] };
    expect(await hear(report(said))).toMatchObject({ code: 'AR' });
    const unusable = [{ state: 'unusable', stateReason: matching(/^the patient id holds/u) }];
    expect(await ask({ accession: { value: accessionNumber } })).toMatchObject(unusable);
    expect(await ask({ studyInstanceUid })).toMatchObject(unusable);
    // Nothing of it joins.
    const study = { ...ours(), accessionNumber, studyInstanceUid };
    await arrive(study);
    expect(await reading(study)).toBe('unknown');
  });

  it('that is used without it', async () => {
    const [study, id] = [ours(), freshId()];
    await hear(report({ accession: study.accessionNumber, more: [`ZDS|DUMMY-${id}`] }));
    expect(await ask({ studyInstanceUid: `DUMMY-${id}` })).toHaveLength(1);
    await hear(report({ numbers: `P${id}|F${id}`, accession: `${id}*` }));
    expect(await ask({ accession: { value: `${id}*` } })).toHaveLength(1);
  });

  it('by each id of its patient, and by one that a message before named', async () => {
    const [study, id] = [ours(), freshId()];
    const numbers = `P${id}|F${id}`;
    const own = (one: string) => `${one}1${id}^^^HOSP^MR~${one}2${id}^^^OTHER^PI`;
    await hear({ control: 'NW', numbers, accession: study.accessionNumber, patient: own('A') });
    await hear({ control: 'XO', numbers, accession: study.accessionNumber, patient: own('B') });
    const found = async (value: string, namespace?: string) =>
      (await ask({ patientId: { value, namespace } })).map(({ numbers: told }) => told?.filler?.value);
    for (const value of ['A1', 'A2', 'B1', 'B2']) expect(await found(value + id)).toEqual([`F${id}`]);
    expect(await found(`A2${id}`, 'OTHER')).toEqual([`F${id}`]);
    expect(await found(`A2${id}`, 'HOSP')).toEqual([]);
    expect(await found(`A3${id}`)).toEqual([]);
  });
});

describe('several accession numbers of one OBR', () => {
  it.each(['OBR-18', 'IPC'])('are each asked for, signed and cancelled: %s', async (where) => {
    const [one, other, id] = [ours(), ours(), freshId()];
    const numbers = `P${id}|F${id}`;
    const all = [one, other].map(({ accessionNumber }) => accessionNumber);
    const stated: Said =
      where === 'IPC' ? { more: all.map((each) => `IPC|${each}`) } : { accession: all.join('~') };
    for (const study of [one, other]) some(trigger.archives['pacs']).put(study);
    await hear({ type: 'OMI^O23', control: 'SC', status: 'CM', numbers, ...stated });
    await trigger.settle();
    // No poll showed them: the archive was asked.
    for (const { studyInstanceUid } of [one, other])
      expect(await trigger.study(studyInstanceUid)).toMatchObject({ state: 'complete' });
    await hear(report({ numbers, ...stated }));
    expect([await reading(one), await reading(other)]).toEqual(['final', 'final']);
    await hear({ type: 'OMI^O23', control: 'CA', numbers, ...stated });
    expect((await ask({ orderNumber: { value: `F${id}` } })).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
    ]);
  });
});

describe('a message that changes an order', () => {
  it.each(['XO', 'XR', 'XX'])('corrects its accession number: %s', async (control) => {
    const [right, id] = [ours(), freshId()];
    const numbers = `P${id}|F${id}`;
    await hear({ control: 'NW', numbers, accession: `WRONG${id}` });
    await hear({ control, status: 'SC', numbers, accession: right.accessionNumber });
    expect(await ask({ orderNumber: { value: `F${id}` } })).toMatchObject([
      {
        numbers: {
          accessions: [
            { value: right.accessionNumber, source: 'stated' },
            { value: `WRONG${id}`, source: 'former' },
          ],
        },
      },
    ]);
  });
});

describe('a report that was sent by mistake', () => {
  it('is withdrawn by OBR-25 W', async () => {
    const study = ours();
    await arrive(study);
    await hear(report({ accession: study.accessionNumber }));
    expect(await reading(study)).toBe('final');
    await hear(report({ accession: study.accessionNumber, result: 'W' }));
    expect(await reading(study)).toBe('unread');
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, today } from './trigger.testing.js';

jest.setTimeout(60_000);

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger.stop());

type Kind = 'placed' | 'acquired' | 'signed' | 'cancelled';

const kinds: Readonly<Record<Kind, { type: string; control: string; result: string }>> = {
  placed: { type: 'ORM^O01', control: 'ORC|NW|%||SC', result: '' },
  acquired: { type: 'ORM^O01', control: 'ORC|SC|%||CM', result: '' },
  signed: { type: 'ORU^R01', control: 'ORC|RE|%||CM', result: 'F' },
  cancelled: { type: 'ORM^O01', control: 'ORC|CA|%||CA', result: '' },
};

let serial = 0;

/**
 * One order with two accession numbers (`one`, `other`) and two studies of its patient.
 *
 * @param bears the accession numbers that the images bear, null for none; those of the order otherwise
 */
function grouped(bears: { readonly first?: string | null; readonly second?: string | null } = {}) {
  serial += 1;
  const id = `GR${serial}`;
  const [one, other] = [`${id}A`, `${id}B`];
  const study = (accessionNumber: string | null): ArchivedStudy => {
    const { accessionNumber: _its, ...bare } = freshStudy({ patientId: id });
    return accessionNumber === null ? bare : { ...bare, accessionNumber };
  };
  const { first: ofFirst = one, second: ofSecond = other } = bears;
  const [first, second] = [study(ofFirst), study(ofSecond)];
  const say = async (
    kind: Kind,
    { accession = '', more = [] }: { readonly accession?: string; readonly more?: readonly string[] },
  ) => {
    const { type, control, result } = kinds[kind];
    const numbers = `P${id}|F${id}`;
    const lines = [
      `MSH|^~\\&|RIS|HOSP|PRE|AI|${today}||${type}|${(serial += 1)}|P|2.5.1`,
      `PID|1||${id}||Case^Test||19600101|F`,
      control.replace('%', numbers),
      `OBR|1|${numbers}|CT^CT^L${'|'.repeat(14)}${accession}${'|'.repeat(7)}${result}`,
      ...more,
    ];
    return trigger.hear(Buffer.from(lines.join('\r') + '\r'));
  };
  return { one, other, first, second, say };
}

const zds = ({ studyInstanceUid }: ArchivedStudy) => `ZDS|${studyInstanceUid}^100^Application^DICOM`;
const obx = ({ studyInstanceUid }: ArchivedStudy) =>
  `OBX|1|HD|113014^DICOM Study^DCM||${studyInstanceUid}||||||F`;

const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
  await trigger.settle();
};

/** Why results of a study are kept back, if they are. */
const ended = async ({ studyInstanceUid }: ArchivedStudy) => {
  const { id, readingState } = await trigger.study(studyInstanceUid);
  if (await trigger.ledger.pool.orders.areCancelled(id)) return 'cancelled';
  return readingState === 'final' ? 'signed' : 'open';
};

describe('the one study of an order with several accession numbers', () => {
  const stated = ({ one, other, first }: ReturnType<typeof grouped>) => ({
    'repetitions of OBR-18, ZDS': { accession: `${one}~${other}`, more: [zds(first)] },
    'repetitions of OBR-18, OBX 113014': { accession: `${one}~${other}`, more: [obx(first)] },
    'two IPC, ZDS': { more: [`IPC|${one}`, `IPC|${other}`, zds(first)] },
  });
  const ways = ['repetitions of OBR-18, ZDS', 'repetitions of OBR-18, OBX 113014', 'two IPC, ZDS'] as const;
  const bearing = { 'no accession number': null, 'another accession number': 'ELSE' };
  const all = ways.flatMap((way) =>
    (['signed', 'cancelled'] as const).flatMap((kind) =>
      (['no accession number', 'another accession number'] as const).map(
        (images) => [kind, way, images] as const,
      ),
    ),
  );

  it.each(all)('is %s with it: %s, images with %s', async (kind, way, images) => {
    for (const isFirst of [true, false]) {
      const group = grouped({ first: bearing[images] });
      const said = stated(group)[way];
      if (isFirst) await arrive(group.first);
      // A message with OBX 113014 and no final status tells of images.
      if (way !== 'repetitions of OBR-18, OBX 113014') await group.say('placed', said);
      await group.say(kind, said);
      if (!isFirst) await arrive(group.first);
      expect(await ended(group.first)).toBe(kind);
    }
  });

  it('is not cancelled with one of the procedures', async () => {
    const group = grouped({ first: null });
    await group.say('placed', stated(group)['repetitions of OBR-18, ZDS']);
    await group.say('cancelled', { accession: group.one });
    await arrive(group.first);
    expect(await ended(group.first)).toBe('open');
    await group.say('cancelled', { accession: group.other });
    expect(await ended(group.first)).toBe('cancelled');
  });

  it.each([
    ['of two numbers', (one: string, other: string) => [`IPC|${one}`, `IPC|${other}`]],
    ['of one number with and without its issuer', (one: string) => [`IPC|${one}^HOSP`, `IPC|${one}`]],
  ])('is asked for: %s', async (_what, ipc) => {
    const { one, other, first, say } = grouped({ first: null });
    some(trigger.archives['pacs']).put(first);
    await say('acquired', { more: [...ipc(one, other), zds(first)] });
    await trigger.settle();
    // No poll showed it: the archive was asked.
    expect(await trigger.study(first.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });
});

describe('two studies of an order with several accession numbers', () => {
  it.each([
    ['two IPC', ({ one, other }: ReturnType<typeof grouped>) => ({ more: [`IPC|${one}`, `IPC|${other}`] })],
    [
      'two IPC of which one cannot be used',
      ({ one, other }: ReturnType<typeof grouped>) => ({ more: [`IPC|${one}`, `IPC|*${other}`] }),
    ],
    [
      'repetitions of OBR-18',
      ({ one, other }: ReturnType<typeof grouped>) => ({ accession: `${one}~${other}` }),
    ],
    [
      'repetitions of OBR-18 of which one cannot be used',
      ({ one, other }: ReturnType<typeof grouped>) => ({ accession: `${one}~*${other}` }),
    ],
  ])('are not both ended by a message of one of them: %s', async (_what, statedBy) => {
    for (const kind of ['signed', 'cancelled'] as const) {
      const group = grouped({ second: null });
      const { accession, more = [] }: { accession?: string; more?: string[] } = statedBy(group);
      await group.say('placed', {
        ...(accession ? { accession } : {}),
        more: [...more, zds(group.first), zds(group.second)],
      });
      await group.say(kind, { accession: group.one });
      await arrive(group.first);
      await arrive(group.second);
      expect([await ended(group.first), await ended(group.second)]).toEqual([kind, 'open']);
    }
  });

  it.each(['signed', 'cancelled'] as const)(
    'are each that of its own IPC, also where one accession number cannot be used: %s',
    async (kind) => {
      for (const uidOfOne of ['', 'own']) {
        const { one, other, first, second, say } = grouped({ second: null });
        const own = uidOfOne && first.studyInstanceUid;
        const both = { more: [`IPC|${one}||${own}`, `IPC|*${other}||${second.studyInstanceUid}`] };
        await say('placed', both);
        await say(kind, { accession: one });
        await arrive(first);
        await arrive(second);
        expect([await ended(first), await ended(second)]).toEqual([kind, 'open']);
        await say(kind, both);
        expect([await ended(first), await ended(second)]).toEqual([kind, kind]);
      }
    },
  );
});

it('an order that becomes one in a message by which it names too many studies is held, and the message answered', async () => {
  const { patientId, accessionNumber, studyInstanceUid } = freshStudy();
  const [placer, filler] = [`P${patientId}`, `F${patientId}`];
  const named = (from: number, count: number) =>
    Array.from(
      { length: count },
      (_, index) => `IPC|${accessionNumber}||${studyInstanceUid}.${from + index}`,
    );
  const hear = (...lines: string[]) =>
    trigger.hear(
      Buffer.from(
        [
          `MSH|^~\\&|RIS|HOSP|PRE|AI|${today}||OMI^O23^OMI_O23|${(serial += 1)}|P|2.5.1`,
          `PID|1||${patientId}`,
          ...lines,
          '',
        ].join('\r'),
      ),
    );
  expect(await hear(`ORC|NW|${placer}`, `OBR|1|${placer}||CT^CT^L`, ...named(1, 45))).toBe('AA');
  const told = [`ORC|SC||${filler}||IP`, `OBR|1||${filler}|CT^CT^L`, `IPC|${accessionNumber}`];
  expect(await hear(...told)).toBe('AA');
  const both = [`ORC|SC|${placer}|${filler}||IP`, `OBR|2|${placer}|${filler}|CT^CT^L`, ...named(44, 10)];
  expect(await hear(...told, ...both)).toBe('AA');
  const { state, stateReason } = await trigger.lastOrder();
  expect({ state, stateReason }).toMatchObject({
    state: 'held',
    stateReason: expect.stringContaining('more than 50 studies'),
  });
});

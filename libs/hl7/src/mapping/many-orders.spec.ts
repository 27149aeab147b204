import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { limits } from '@prelector/kernel';
import { parseMessage } from '../message/message.js';
import { Segment } from '../message/segment.js';
import { defaultMapping } from './default-mapping.js';
import { mapMessage } from './map-message.js';
import { orderGroups } from './order-groups.js';

const HEADER = 'MSH|^~\\&|RIS|H|PRE|H|20260307||ORM^O01|1|P|2.5.1';
const PID = 'PID|1||P1^^^HOSP^MR||DOE^JANE';

function parse(...segments: string[]) {
  const parsed = parseMessage(Buffer.from([HEADER, ...segments].join('\r'), 'utf8'));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const map = (...segments: string[]) => mapMessage(parse(...segments), defaultMapping);
const times = (count: number, segment: string): string[] => Array<string>(count).fill(segment);

afterEach(() => {
  jest.restoreAllMocks();
});

/** How many values are read to map a message. */
function readsOf(...segments: string[]): number {
  const message = parse(...segments);
  const text = jest.spyOn(Segment.prototype, 'text');
  mapMessage(message, defaultMapping);
  const reads = text.mock.calls.length;
  text.mockRestore();
  return reads;
}

describe('a message of many orders', () => {
  it('is refused above a number, in words that say what to do', () => {
    const order = 'ORC|SC|PL|||CM';
    expect(map(PID, ...times(limits.hl7Orders, order)).orders).toHaveLength(limits.hl7Orders);
    expect(map(PID, ...times(limits.hl7Orders + 1, order))).toMatchObject({
      kind: 'refused',
      errorCode: '207',
      orders: [],
      reason: 'The message holds more than 200 orders: send them in several messages.',
    });
    expect(map(PID, ...times(900, 'OBR|1||FI')).kind).toBe('refused');
  });

  it('costs work in proportion to its orders, whatever they share', () => {
    const shapes: ((count: number) => string[])[] = [
      (count) => [PID, ...times(1000, 'PV1|1|I'), ...times(count, 'ORC|SC|PL|||CM')],
      (count) => [PID, ...times(count, 'ORC|SC|PL|||CM'), ...times(20, 'ZDS|1.2.3')],
      (count) => [PID, ...times(count, 'ORC|SC|PL|||CM\rOBR|1|||||||||||||||||ACC1'), 'ZDS|1.2.3'],
      (count) => [PID, ...times(count, 'ORC|SC|PL|||CM'), ...times(1500, 'ZDS|1.2.3')],
      (count) => [
        `PID|1||${times(900, 'P1^^^H^MR').join('~')}||${times(900, 'DOE^JANE').join('~')}`,
        ...times(count, 'ORC|SC|PL|||CM'),
      ],
    ];
    for (const shape of shapes) {
      const [few, many] = [readsOf(...shape(50)), readsOf(...shape(200))];
      expect(few).toBeGreaterThan(0);
      expect(many).toBeLessThan(few * 4.5);
    }
  });

  it('shares the segments of the patient by reference', () => {
    const groups = orderGroups(parse(PID, ...times(1000, 'PV1'), ...times(200, 'ORC')), 200) ?? [];
    expect(groups).toHaveLength(200);
    expect(new Set(groups.map((group) => group.shared)).size).toBe(1);
    expect(new Set(groups.map((group) => group.named('PV1'))).size).toBe(1);
    expect(groups[0]?.segments).toHaveLength(1002);
  });

  it('is given its patient by each mapping, also where that reads the order itself', () => {
    const patient = { ...defaultMapping.patient, ids: ['OBR-2'] };
    const message = parse(PID, 'ORC|SC|1|||CM\rOBR|1|A', 'ORC|SC|2|||CM\rOBR|1|B');
    const { orders } = mapMessage(message, { ...defaultMapping, patient });
    expect(orders.map((order) => order.identity.patientId)).toEqual(['A', 'B']);
  });
});

describe('an order of many studies', () => {
  const uids = (count: number): string[] => Array.from({ length: count }, (_, index) => `1.2.${index}`);

  it.each([
    ['segments', (count: number) => uids(count).map((uid) => `ZDS|${uid}`)],
    ['repetitions', (count: number) => [`ZDS|${uids(count).join('~')}`]],
  ])('is unusable above a number of %s, in words that say what to do', (_, zds) => {
    const most = limits.hl7StudiesPerOrder;
    expect(map('ORC|SC||||CM', ...zds(most)).orders[0]?.studyInstanceUids).toHaveLength(most);
    expect(map('ORC|SC||||CM', ...zds(most + 1))).toMatchObject({
      orders: [],
      unusable: [{ errorCode: '207', text: 'it names more than 50 studies; send an order for each' }],
    });
  });

  it('may repeat a study, but not for ever', () => {
    expect(map('ORC|SC||||CM', ...times(900, 'ZDS|1.2.3')).orders[0]?.studyInstanceUids).toEqual(['1.2.3']);
    expect(map('ORC|SC||||CM', ...times(1900, 'ZDS|1.2.3')).orders).toEqual([]);
  });
});

describe('long values, and values that cannot be kept', () => {
  const orderOf = (...segments: string[]) => map(...segments).orders[0];

  it.each([
    ['the accession number', 'ORC|SC||||CM', `OBR|1|||||||||||||||||${'A'.repeat(100_000)}`],
    ['the accession number', 'ORC|SC||||CM', 'OBR|1|||||||||||||||||A\0'],
    ['the issuer', 'ORC|SC||||CM', `OBR|1|||||||||||||||||A^${'A'.repeat(100)}`],
    ['the patient id', 'PID|1||P\\X00\\1', 'ORC|SC|PL|||CM'],
    ['the study', 'ORC|SC||||CM', 'ZDS|1.2.3\0'],
  ])('make their order unusable where they are identifiers: %s', (_, ...segments) => {
    expect(map(...segments)).toMatchObject({ orders: [], unusable: [{ errorCode: '102' }] });
  });

  it('make their order unusable: half of a surrogate pair in an identifier', () => {
    const text = `\ufeff${HEADER}\rORC|SC||||CM\rOBR|1|||||||||||||||||A\ud800`;
    const parsed = parseMessage(Buffer.from(text, 'utf16le'));
    expect(parsed.ok && mapMessage(parsed.value, defaultMapping)).toMatchObject({
      orders: [],
      unusable: [{ errorCode: '102' }],
    });
  });

  it('are cut and made plain where they are names', () => {
    const order = 'ORC|SC|PL|||CM';
    const long = `PID|1||P1||${'Ä'.repeat(1_000_000)}^\\.sk999\\J\0\\X00\\A\x1c`;
    expect(orderOf(long, order)?.identity.name).toEqual({ family: 'Ä'.repeat(64), given: 'J A' });
    expect(orderOf(`PID|1||P1||${'\\.sk999\\'.repeat(400_000)}`, order)?.identity.name).toBeUndefined();
  });

  it('are cut where they are the meaning of a code, and leave out a code that would be another', () => {
    const obr = (code: string): string => `OBR|1|||${code}||||||||||||||ACC1`;
    expect(orderOf('ORC|SC||||CM', obr(`CT^${'x'.repeat(9999)}\0^L`))?.procedureCode).toEqual({
      value: 'CT',
      meaning: 'x'.repeat(256),
      scheme: 'L',
    });
    for (const code of ['C'.repeat(65), 'C\0', `C^x^${'L'.repeat(65)}`]) {
      const mapped = map('ORC|SC||||CM', obr(code));
      expect(mapped.orders[0]?.procedureCode).toBeUndefined();
      expect(mapped.problems).toEqual([
        { position: 1, text: 'the procedure code is too long, or holds a control character' },
      ]);
    }
  });
});

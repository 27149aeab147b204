import { describe, expect, it } from '@jest/globals';
import { sha256 } from '@prelector/kernel';
import fc from 'fast-check';
import { parseMessage } from './message.js';

const HEADER = 'MSH|^~\\&|RIS|HOSP|PRE|X|20260307||ORM^O01^ORM_O01|MSG 1|P|2.5.1';

function parse(text: string) {
  const parsed = parseMessage(Buffer.from(text, 'utf8'));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

function problemOf(text: string) {
  const parsed = parseMessage(Buffer.from(text, 'utf8'));
  return parsed.ok ? undefined : { code: parsed.error.code, conditionCode: parsed.error.conditionCode };
}

describe('parseMessage', () => {
  it('reads the header', () => {
    const text = `${HEADER}|||AL|NE\rPID|1\r`;
    const message = parse(text);
    expect(message).toMatchObject({
      controlId: 'MSG 1',
      type: { code: 'ORM', trigger: 'O01', structure: 'ORM_O01' },
      version: '2.5.1',
      processingId: 'P',
      sendingApplication: 'RIS',
      sendingFacility: 'HOSP',
      receivingApplication: 'PRE',
      receivingFacility: 'X',
      acceptAckType: 'AL',
      applicationAckType: 'NE',
      digest: sha256(text),
    });
    expect(message.value('MSH-1')).toBe('|');
    expect(message.value('MSH-9.2')).toBe('O01');
  });

  it.each(['\r', '\n', '\r\n'])('takes %p as the end of a segment', (end) => {
    const message = parse([HEADER, 'PID|1||4711', 'ORC|SC', '', ''].join(end));
    expect(message.segments.map((segment) => segment.name)).toEqual(['MSH', 'PID', 'ORC']);
    expect(message.value('PID-3')).toBe('4711');
  });

  it('goes on with a line that a sender forgot to escape', () => {
    const message = parse(`${HEADER}\rOBX|1|TX|||first line\nsecond line\nZDS|1.2.3\r`);
    expect(message.value('OBX-5')).toBe('first line second line');
    expect(message.value('ZDS-1')).toBe('1.2.3');
  });

  it.each(['\r', '\r\n', '\n'])('goes on with the lines of a report that %p divides unescaped', (end) => {
    const lines = ['OBX|1|TX|R||CHEST CT', '', 'Finding: none', '- no nodule | no effusion', 'End||||||F'];
    const message = parse([HEADER, ...lines, 'NTE|1||seen', 'by two', 'ZDS|1.2.3', ''].join(end));
    expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'OBX', 'NTE', 'ZDS']);
    expect(message.value('NTE-3')).toBe('seen by two');
    expect(message.value('OBX-5')).toBe('CHEST CT Finding: none - no nodule');
  });

  it('goes on with a field of text that an unescaped line break divides, and keeps the fields behind it', () => {
    const address = ['PID|1||4711||Doe^Jo||19600101|F|||Main Street', '5^^Town||0123'];
    const order = [
      'ORC|NW|P1',
      'OBR|1|P1|F1|CT^Chest|||||||||fall from',
      'a ladder',
      '(stairs)||||||||||||F',
    ];
    const message = parse([HEADER, ...address, ...order, 'ZDS|1.2.3', ''].join('\r'));
    expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'PID', 'ORC', 'OBR', 'ZDS']);
    expect([message.value('PID-11'), message.value('PID-13')]).toEqual(['Main Street 5', '0123']);
    expect([message.value('OBR-13'), message.value('OBR-25')]).toEqual(['fall from a ladder (stairs)', 'F']);
  });

  it.each([
    ['after a segment of no text', 'MSA|AA\rgoes on'],
    ['that looks like a segment', 'ORC|NW\r0BR|1|P1'],
    ['that looks like a segment', 'OBX|1|TX|R||text\rpid|1||4711'],
    ['that looks like a segment', 'OBX|1|TX|R||text\r ORC|NW'],
  ])('refuses a line that is no segment %s', (_name, lines) => {
    expect(parseMessage(Buffer.from(`${HEADER}\r${lines}\r`))).toMatchObject({
      ok: false,
      error: { code: 'hl7.malformed' },
    });
  });

  it('reads repetitions, components and subcomponents, and the first of each where a path stops', () => {
    const message = parse(
      `${HEADER}\rPID|1||A^^^AUTH&1.2.3&ISO^MR~B^^^OTHER^PI||O\\T\\Brien^Pat~Second^Name\r`,
    );
    expect(message.value('PID-3')).toBe('A');
    expect(message.value('PID-3.4.2')).toBe('1.2.3');
    expect(message.value('PID-3[2].4')).toBe('OTHER');
    expect(message.value('PID-3[5=pi].1')).toBe('B');
    expect(message.value('PID-3[5=XX].1')).toBeUndefined();
    expect(message.values('PID-3.1')).toEqual(['A', 'B']);
    expect(message.value('PID-5')).toBe('O&Brien');
    expect(message.value('PID-99.9.9')).toBeUndefined();
    expect(message.value('ZZZ-1')).toBeUndefined();
  });

  it('tells an explicit null from what is not stated', () => {
    const message = parse(`${HEADER}\rOBR|1|""||\rOBR|2|X\r`);
    expect(message.stated('OBR-2')).toBeNull();
    expect(message.value('OBR-2')).toBeUndefined();
    expect(message.stated('OBR-3')).toBeUndefined();
    expect(message.values('OBR-2')).toEqual(['X']);
    expect(message.firstOf(['OBR-3', 'OBR-2', 'OBR-1'])).toBeUndefined();
    expect(message.value('OBR[2]-2')).toBe('X');
  });

  it('takes the delimiters of the message', () => {
    const message = parse('MSH#*:!%#RIS######ORM*O01#1#P#2.3\rPID#1##A*B:C*D%E#x!T!y!E!z\r');
    expect(message.value('PID-3[2].2.2')).toBe('E');
    expect(message.value('PID-4')).toBe('x%y!z');
  });

  it('takes an MSH-2 that leaves out what the message does not use', () => {
    const message = parse('MSH|^~|RIS||||||ORM^O01|1|P|2.3\rPID|1||A^B~C&D\\F\\\r');
    expect(message.value('PID-3[2]')).toBe('C&D\\F\\');
    expect(message.value('MSH-2')).toBe('^~');
  });

  it('takes the truncation character of version 2.7', () => {
    expect(parse('MSH|^~\\&#|RIS||||||ORM^O01|1|P|2.7\rPID|1||A\\P\\\r').value('PID-3')).toBe('A#');
  });

  it.each([
    ['', 'hl7.no-header', '100'],
    ['GET / HTTP/1.1', 'hl7.no-header', '100'],
    ['PID|1', 'hl7.no-header', '100'],
    ['MSH', 'hl7.delimiters', '100'],
    ['MSH|||', 'hl7.delimiters', '100'],
    ['MSHA^~\\&A', 'hl7.delimiters', '100'],
    ['MSH|^^\\&|', 'hl7.delimiters', '100'],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01||P|2.3', 'hl7.required-field', '101'],
    ['MSH|^~\\&|A|B|C|D||||1|P|2.3', 'hl7.required-field', '101'],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|', 'hl7.required-field', '101'],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|3.0', 'hl7.unsupported-version', '203'],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|X|2.3', 'hl7.unsupported-processing-id', '202'],
    [`${HEADER}\rnot a segment\r`, 'hl7.malformed', '100'],
    [`${HEADER}\rPID|1\r${HEADER}\r`, 'hl7.several-messages', '100'],
    [`BHS|^~\\&\r${HEADER}\rBTS|1\r`, 'hl7.several-messages', '100'],
    [`${HEADER}\rPID|1||47\u000b${HEADER}\r`, 'hl7.several-messages', '100'],
  ])('refuses %p', (text, code, conditionCode) => {
    expect(problemOf(text)).toEqual({ code, conditionCode });
  });

  it.each([
    ['', 'P', 'P'],
    ['', 'T', 'T'],
    ['D', 'P', 'D'],
    ['T^A', 'P', 'T'],
  ])(
    'takes MSH-11 %p for what it says, else for what the feed says: %p gives %p',
    (stated, processingId, expected) => {
      const text = `MSH|^~\\&|A|B|C|D|||ORM^O01|1|${stated}|2.3`;
      const parsed = parseMessage(Buffer.from(text), { processingId });
      expect(parsed.ok && parsed.value.processingId).toBe(expected);
    },
  );

  it('refuses an empty MSH-11 where the feed says nothing of it', () => {
    expect(problemOf('MSH|^~\\&|A|B|C|D|||ORM^O01|1||2.3')).toEqual({
      code: 'hl7.required-field',
      conditionCode: '101',
    });
  });

  it('never quotes the message in a refusal', () => {
    const parsed = parseMessage(Buffer.from(`${HEADER}\rSECRET NAME\r`));
    expect(parsed.ok ? '' : parsed.error.text).not.toContain('SECRET');
  });

  it('answers every input with a message or a problem', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .string({
          unit: fc.constantFrom(...Array.from('MSHPID|^~\\&\r\n\x0b\x1c"0123\u2028é')),
          maxLength: 200,
        })
        .map((text) => Uint8Array.from(Buffer.from(`MSH|^~\\&${text}`, 'utf8'))),
      fc.string({ maxLength: 100 }).map((text) => Uint8Array.from(Buffer.from(`${HEADER}\rPID|${text}\r`))),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const parsed = parseMessage(bytes);
        if (!parsed.ok) return parsed.error.text.length > 0;
        return parsed.value.values('PID-3.1').every((value) => value !== '');
      }),
      { numRuns: 5000 },
    );
  });

  it('reads a message of several MiB', () => {
    const message = parse(`${HEADER}\rOBX|1|ED|||^^^Base64^${'QUJD'.repeat(1_000_000)}\rZDS|1.2\r`);
    expect(message.value('ZDS-1')).toBe('1.2');
    expect(message.value('OBX-5.5')).toHaveLength(4_000_000);
  });
});

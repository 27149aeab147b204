import { describe, expect, it } from '@jest/globals';
import {
  acknowledgementsFor,
  acknowledgementsForUnreadable,
  type MessageOutcome,
} from './acknowledgements-for.js';
import { type Acknowledgement, buildAck, readAck } from './acknowledgement.js';
import { parseMessage } from './message.js';

const now = new Date('2026-03-07T14:25:01Z');
const own = { application: 'PRELECTOR', facility: 'SITE', controlId: 'ACK-1', now };

function parse(text: string) {
  const parsed = parseMessage(Buffer.from(text, 'latin1'));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

function ackOf(text: string, ack: Acknowledgement = { code: 'AA' }): string {
  return Buffer.from(buildAck(parse(text), ack, own)).toString('latin1');
}

describe('buildAck', () => {
  it('swaps sender and receiver, echoes id, version and processing id', () => {
    expect(ackOf('MSH|^~\\&|RIS|HOSP|PRE|X^1.2^ISO|20260307||OMI^O23^OMI_O23|A 1|T|2.5.1\r')).toBe(
      'MSH|^~\\&|PRE|X^1.2^ISO|RIS|HOSP|20260307142501+0000||ACK^O23^ACK|ACK-1|T|2.5.1\rMSA|AA|A 1\r',
    );
  });

  it('names itself where the message names no receiver', () => {
    expect(ackOf('MSH|^~\\&|RIS|HOSP|||20260307||ORM^O01|1|P|2.3.1\r')).toContain(
      '|PRELECTOR|SITE|RIS|HOSP|',
    );
  });

  it.each([
    ['2.2', 'ACK'],
    ['2.3', 'ACK^O01'],
    ['2.3.1', 'ACK^O01^ACK'],
    ['2.5.1', 'ACK^O01^ACK'],
  ])('speaks version %s: %s', (version, type) => {
    expect(ackOf(`MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|${version}\r`)).toContain(`||${type}|ACK-1|P|${version}\r`);
  });

  it('says why in MSA-3, and in ERR from version 2.5 on', () => {
    const ack = { code: 'AR', text: 'The accession number holds *|?', errorCode: '102' } as const;
    expect(ackOf('MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|2.3.1\r', ack).split('\r').slice(1)).toEqual([
      'MSA|AR|1|The accession number holds *\\F\\?',
      '',
    ]);
    expect(ackOf('MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|2.5\r', ack).split('\r')[2]).toBe(
      'ERR|||102^Data type error^HL70357|E||||The accession number holds *\\F\\?',
    );
  });

  it('writes the delimiters and the character set of the message', () => {
    const text = 'MSH#*:!%#R\xefS#B#C#D###ORM*O01#1#P#2.5######8859/1\r';
    const ack = ackOf(text, { code: 'AR', text: 'a*b', errorCode: '101' });
    expect(ack).toBe(
      'MSH#*:!%#C#D#R\xefS#B#20260307142501+0000##ACK*O01*ACK#ACK-1#P#2.5######8859/1\r' +
        'MSA#AR#1#a!S!b\rERR###101*Required field missing*HL70357#E####a!S!b\r',
    );
  });

  it('answers bytes that are no message with what can be read of them', () => {
    const broken = Buffer.from('MSH|^~\\&|RIS|HOSP|PRE|X|2026||ORM^O01|77|P|9.9\rgarbage', 'latin1');
    const ack = Buffer.from(buildAck(broken, { code: 'AR', text: 'no', errorCode: '203' }, own)).toString();
    expect(ack).toContain('|PRE|X|RIS|HOSP|');
    expect(ack).toContain('\rMSA|AR|77|no\r');
    const nothing = Buffer.from(buildAck(Buffer.from('\0\xff junk'), { code: 'AR' }, own)).toString();
    expect(nothing).toBe('MSH|^~\\&|PRELECTOR|SITE|||20260307142501+0000||ACK|ACK-1|P|2.5\rMSA|AR\r');
  });

  it.each(['\x1c', '\x0b', '\0', '\x1b', '\x01', '\t'])('echoes no control character: %j', (control) => {
    const text = `MSH|^~\\&|R${control}S|H${control}|P${control}|X|2026||ORM^O${control}01|7${control}7|P${control}|2.5${control}\r`;
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(text.slice(0, -1), 'latin1')]) {
      const ack = buildAck(bytes, { code: 'AR', text: `n${control}o`, errorCode: '102' }, own);
      const answered = Buffer.from(ack).toString('latin1');
      expect(answered.replaceAll('\r', '')).not.toMatch(/\p{Cc}/u);
      expect(answered).toContain('\rMSA|AR|77|no\r');
      expect(answered).toContain('|P|X|RS|H|');
    }
  });

  it('echoes no more of a field than a message may have', () => {
    const bytes = Buffer.from(`MSH|^~\\&|RIS|H|P|X|2026||ORM^O01|${'7'.repeat(5000)}|P|2.5\r`);
    expect(buildAck(bytes, { code: 'AR' }, own).length).toBeLessThan(1000);
  });

  it('writes no byte that ends a frame, also where a letter of UTF-16 has it', () => {
    const text = '\ufeffMSH|^~\\&|RIS|H\u1c0d\u0d1c\u0b1c|PRE|X|2026||ORM^O01|\u0d1c7|P|2.5\r';
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
      const ack = buildAck(bytes, { code: 'AA' }, own);
      expect(ack.includes(0x1c) || ack.includes(0x0b)).toBe(false);
      expect(readAck(ack)).toMatchObject({ ok: true, value: { code: 'AA', controlId: '?7' } });
    }
  });

  it('answers in UTF-16 to UTF-16', () => {
    const bytes = Buffer.from('\ufeffMSH|^~\\&|RIS|HOSP|PRE|X|2026||ORM^O01|77|P|2.5\r', 'utf16le');
    const ack = readAck(buildAck(bytes, { code: 'AA' }, own));
    expect(ack).toEqual({ ok: true, value: { code: 'AA', controlId: '77', text: '' } });
  });
});

describe('readAck', () => {
  it('reads a short acknowledgement', () => {
    const read = readAck(Buffer.from('MSH|^~\\&|||||||ACK\rMSA|AE|77|busy\r'));
    expect(read).toEqual({ ok: true, value: { code: 'AE', controlId: '77', text: 'busy' } });
  });

  it.each(['', 'hello', 'MSH|^~\\&|||||||ACK\r', 'MSH|^~\\&|||||||ACK\rMSA|XX|1\r'])('refuses %p', (text) => {
    expect(readAck(Buffer.from(text)).ok).toBe(false);
  });
});

describe('acknowledgementsFor', () => {
  const codes = (
    accept: string,
    application: string,
    kind: MessageOutcome['kind'],
    type = 'ORM^O01',
  ): string => {
    let id = 0;
    const message = parse(`MSH|^~\\&|A|B|C|D|||${type}|1|P|2.5|||${accept}|${application}\r`);
    const issuer = { ...own, nextControlId: () => `ACK-${(id += 1)}` };
    const acks = acknowledgementsFor(message, { kind, text: 'why', errorCode: '101' }, issuer).map((bytes) =>
      readAck(bytes),
    );
    return acks.map((ack) => (ack.ok ? ack.value.code : 'unreadable')).join(' ');
  };

  // HL7 table 0155; accepted, refused, fault.
  it.each([
    ['', '', 'AA', 'AR', 'AE'],
    ['AL', 'AL', 'CA AA', 'CA AR', 'CE'],
    ['AL', 'NE', 'CA', 'CR', 'CE'],
    ['AL', '', 'CA', 'CR', 'CE'],
    ['AL', 'ER', 'CA', 'CA AR', 'CE'],
    ['AL', 'SU', 'CA AA', 'CR', 'CE'],
    ['NE', 'AL', 'AA', 'AR', 'AE'],
    ['', 'AL', 'AA', 'AR', 'AE'],
    ['ER', 'AL', 'AA', 'AR', 'CE'],
    ['SU', 'NE', 'CA', '', ''],
    ['ER', 'ER', '', 'AR', 'CE'],
    ['NE', 'NE', '', '', ''],
    ['al', 'ne', 'CA', 'CR', 'CE'],
    // What the table does not know: an answer comes all the same.
    ['Y', '', 'AA', 'AR', 'AE'],
    ['', 'XX', 'AA', 'AR', 'AE'],
    ['XX', 'XX', 'AA', 'AR', 'AE'],
    ['""', '""', 'AA', 'AR', 'AE'],
    ['XX', 'AL', 'CA AA', 'CA AR', 'CE'],
    ['NE', 'XX', 'AA', 'AR', 'AE'],
    ['XX', 'NE', 'CA', 'CR', 'CE'],
    ['AL', '""', 'CA', 'CR', 'CE'],
  ])('MSH-15 %p and MSH-16 %p: %s, %s, %s', (accept, application, accepted, refused, fault) => {
    expect(codes(accept, application, 'accepted')).toBe(accepted);
    expect(codes(accept, application, 'refused')).toBe(refused);
    expect(codes(accept, application, 'fault')).toBe(fault);
  });

  it('never answers an acknowledgement', () => {
    expect(codes('', '', 'accepted', 'ACK')).toBe('');
    const reply = parse('MSH|^~\\&|A|B|C|D|||ORR^O02|1|P|2.3\rMSA|AA|1\r');
    expect(acknowledgementsFor(reply, { kind: 'accepted' }, { ...own, nextControlId: () => '1' })).toEqual(
      [],
    );
  });

  it('gives each acknowledgement an id of its own, asks for no reply, and explains only what failed', () => {
    let id = 0;
    const message = parse('MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|2.5|||AL|AL\r');
    const issuer = { ...own, nextControlId: () => `ACK-${(id += 1)}` };
    const texts = acknowledgementsFor(
      message,
      { kind: 'refused', text: 'why', errorCode: '101' },
      issuer,
    ).map((bytes) => Buffer.from(bytes).toString());
    expect(texts.map((text) => text.split('|')[9])).toEqual(['ACK-1', 'ACK-2']);
    expect(texts.every((text) => text.includes('|2.5|||NE|NE\r'))).toBe(true);
    expect(texts[0]).toContain('MSA|CA|1\r');
    expect(texts[1]).toContain('MSA|AR|1|why\rERR|||101^');
  });
});

describe('acknowledgementsForUnreadable', () => {
  it.each([
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9', ['AR|1']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9|||AL|AL', ['AR|1']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9|||AL|NE', ['CR|1']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9|||NE|NE', []],
    ['MSH|^~\\&|A|B|C|D|||ACK^O01|1|P|9.9', []],
    ['no message at all', ['AR|']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9|||XX|YY', ['AR|1']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9||||||UNICODE', ['AR|1']],
    ['MSH|^~\\&|A|B|C|D|||ORM^O01|1|P|9.9||||||KLINGON', ['AR|1']],
  ])('answers %s with %p', (text, expected) => {
    const issuer = { ...own, nextControlId: () => 'ACK-1' };
    const acks = acknowledgementsForUnreadable(Buffer.from(text), { kind: 'refused', text: 'no' }, issuer);
    const read = acks.map((ack) => readAck(ack));
    expect(read.map((ack) => (ack.ok ? `${ack.value.code}|${ack.value.controlId}` : '?'))).toEqual(expected);
  });

  it.each([
    ['||2.5', ['AA']],
    ['||2.5|||AL|NE', ['CA']],
    ['||2.5|||AL|AL', ['CA', 'AA']],
  ])('answers a repeat of what was taken before it could not be read: %s with %p', (rest, expected) => {
    const issuer = { ...own, nextControlId: () => 'ACK-1' };
    const bytes = Buffer.from(`MSH|^~\\&|A|B|C|D|||ORM^O01|1${rest}`);
    const read = acknowledgementsForUnreadable(bytes, { kind: 'accepted' }, issuer).map((ack) =>
      readAck(ack),
    );
    expect(read.map((ack) => (ack.ok ? ack.value.code : '?'))).toEqual(expected);
  });
});

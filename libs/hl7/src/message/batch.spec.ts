import { describe, expect, it } from '@jest/globals';
import { limits } from '@prelector/kernel';
import fc from 'fast-check';
import { batchAnswer } from './batch-answer.js';
import { isBatch, readBatch } from './batch.js';

const message = (id: string): string => `MSH|^~\\&|RIS|H|||||ORM^O01|${id}|P|2.5\rPID|1||P${id}\r`;
const read = (text: string) => {
  const file = readBatch(Buffer.from(text, 'latin1'));
  return file?.batches.map(({ messages, statedCount }) => ({
    messages: messages.map((bytes) => Buffer.from(bytes).toString('latin1')),
    statedCount,
  }));
};

describe('isBatch', () => {
  it.each([
    ['FHS|^~\\&', true],
    ['\r\nBHS|^~\\&', true],
    ['MSH|^~\\&', false],
    ['', false],
    ['FH', false],
  ])('%j: %p', (text, expected) => {
    expect(isBatch(Buffer.from(text))).toBe(expected);
  });
});

describe('readBatch', () => {
  it('splits a file into its batches and those into messages, bytes unchanged', () => {
    expect(
      read(
        `FHS|^~\\&|A\rBHS|^~\\&|A\r${message('1')}${message('2')}BTS|2\rBHS|^~\\&|A\r${message('3')}BTS|1|x\rFTS|2\r`,
      ),
    ).toEqual([
      { messages: [message('1'), message('2')], statedCount: 2 },
      { messages: [message('3')], statedCount: 1 },
    ]);
  });

  it.each([
    [`BHS|^~\\&\rBTS|0\r`, [{ messages: [], statedCount: 0 }]],
    [`FHS|^~\\&\rFTS|0\r`, []],
    [`FHS|^~\\&\r${message('1')}FTS|1`, [{ messages: [message('1')], statedCount: undefined }]],
    [
      `BHS|^~\\&\rNTE|stray\r${message('1')}BTS|many\r`,
      [{ messages: [message('1')], statedCount: undefined }],
    ],
    [`BHS#^~\\&\r${message('1')}BTS#7\r`, [{ messages: [message('1')], statedCount: 7 }]],
    [
      `BHS|^~\\&\r${message('1')}`.replaceAll('\r', '\r\n'),
      [{ messages: [message('1').replaceAll('\r', '\r\n')], statedCount: undefined }],
    ],
    [
      `BHS|^~\\&\r${message('1')}`.replaceAll('\r', '\n'),
      [{ messages: [message('1').replaceAll('\r', '\n')], statedCount: undefined }],
    ],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('takes no more messages than allowed', () => {
    const many = message('1').repeat(limits.hl7BatchMessages);
    expect(read(`BHS|^~\\&\r${many}`)?.[0]?.messages).toHaveLength(limits.hl7BatchMessages);
    expect(read(`BHS|^~\\&\r${many}${message('2')}`)).toBeUndefined();
  });

  it('gives back every byte of its messages, whatever they hold', () => {
    const body = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x0d || byte === 0x0a ? 0x20 : byte))));
    const one = body.map((bytes) =>
      Buffer.concat([Buffer.from('MSH|^~\\&|'), bytes, Buffer.from('\rPID|1\r')]),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), (messages) => {
        const bytes = Buffer.concat([Buffer.from('BHS|^~\\&\r'), ...messages, Buffer.from('BTS|9\r')]);
        const [batch] = readBatch(bytes)?.batches ?? [];
        expect(batch?.messages.map((each) => Buffer.from(each).toString('hex'))).toEqual(
          messages.map((each) => each.toString('hex')),
        );
      }),
    );
  });
});

describe('batchAnswer', () => {
  it('is a batch of acknowledgements, names swapped, that names the batch it answers', () => {
    const file = readBatch(
      Buffer.from(`FHS|^~\\&|RIS|H|US|X|||||F1\rBHS|^~\\&|RIS|H|US|X|||||B1\r${message('1')}BTS|2\r`),
    );
    let id = 0;
    const own = {
      application: 'PRELECTOR',
      facility: 'PRELECTOR',
      nextControlId: () => `N${(id += 1)}`,
      now: new Date('2026-03-07T14:25:01Z'),
    };
    const answer = batchAnswer(
      file ?? { batches: [] },
      [[Buffer.from('MSH|ack\rMSA|AA|1\r')]],
      ['one | is missing'],
      own,
    );
    expect(Buffer.from(answer).toString().split('\r')).toEqual([
      'FHS|^~\\&|US|X|RIS|H|20260307142501+0000||||N1|F1',
      'BHS|^~\\&|US|X|RIS|H|20260307142501+0000||||N2|B1',
      'MSH|ack',
      'MSA|AA|1',
      'BTS|1|one   is missing',
      'FTS|1',
      '',
    ]);
  });
});

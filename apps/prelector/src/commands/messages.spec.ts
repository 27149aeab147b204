import { describe, expect, it } from '@jest/globals';
import type { ToldMessage } from '@prelector/ledger';
import { endTime, messageLines, time } from './messages.js';

const receivedAt = new Date('2026-11-27T08:00:00Z');
const message: ToldMessage = {
  id: '1',
  receivedAt,
  feed: 'ris',
  controlId: 'M1',
  messageType: 'ORM^O01',
  outcome: 'used',
  reason: null,
  ack: 'AA',
  repeats: 0,
  repeatedAt: null,
  orders: [],
  studies: [],
};
const line = (change: Partial<ToldMessage>) =>
  messageLines({ feeds: [], turnedAway: [], messages: [{ ...message, ...change }] })[0];

describe('messages as lines', () => {
  it('say what became of each and why, and of whom it spoke', () => {
    expect(line({ orders: ['o1'], studies: ['1.2'] })).toBe(
      '2026-11-27T08:00:00.000Z ris: ORM^O01 M1: used, answered AA: order o1, study 1.2',
    );
    expect(line({ outcome: 'refused', ack: 'AR', controlId: '', messageType: null, reason: 'Why.' })).toBe(
      '2026-11-27T08:00:00.000Z ris: type not read without control id: refused, answered AR: Why.',
    );
  });

  it('do not call a message used whose order cannot be', () => {
    expect(line({ reason: 'An order cannot be used: it states no number.' })).toBe(
      '2026-11-27T08:00:00.000Z ris: ORM^O01 M1: kept, with a remark, answered AA: An order cannot be used: it states no number.',
    );
  });

  it('say how often one came again, and when last', () => {
    expect(line({ repeats: 2, repeatedAt: new Date('2026-11-27T09:00:00Z') })).toMatch(
      /: used, answered AA, repeated 2 times, last at 2026-11-27T09:00:00\.000Z$/u,
    );
  });
});

describe('a time that a person types', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.5Z', '2026-01-31T08:00:00.500Z'],
    ['2026-01-31T08:00:00+02:00', '2026-01-31T06:00:00.000Z'],
    ['2026-01-31 08:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00+02:00', '2026-01-31T06:00:00.000Z'],
  ])('%s is %s', (typed, at) => {
    expect(time(typed).toISOString()).toBe(at);
  });

  it('as an end is the end of a day that stands alone', () => {
    expect(endTime('2026-01-31').toISOString()).toBe('2026-01-31T23:59:59.999Z');
    expect(endTime('2026-01-31T08:00').toISOString()).toBe('2026-01-31T08:00:00.000Z');
  });

  it.each(['yesterday', '31.01.2026', '2026-13-01', '2026-01-31 noon', '2026-01-31 8'])(
    '%s is none',
    (typed) => {
      expect(() => time(typed)).toThrow(/Give a time/u);
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import type { SendingCircumstances } from './sending.js';
import { decideSending } from './sending.js';

const circumstances: SendingCircumstances = {
  activation: 'on',
  activatedDigest: 'aa',
  packageDigest: 'aa',
  readingState: 'unread',
  cancelled: false,
  late: { preliminary: 'send', final: 'keep', cancelled: 'keep' },
  outcome: 'measured',
  reportedOutcomes: ['measured'],
  withheldByPerson: false,
};

describe('decideSending', () => {
  it('sends what an active rule reports', () => {
    expect(decideSending(circumstances)).toEqual({ send: true });
    expect(decideSending({ ...circumstances, readingState: 'preliminary' })).toEqual({ send: true });
  });

  it.each<[string, Partial<SendingCircumstances>, RegExp]>([
    ['off', { activation: 'off' }, /off/u],
    ['in shadow', { activation: 'shadow' }, /shadow/u],
    ['a package changed since', { packageDigest: 'bb' }, /changed/u],
    ['never turned on', { activatedDigest: undefined }, /changed/u],
    ['signed', { readingState: 'final' }, /signed/u],
    ['cancelled', { cancelled: true }, /cancelled/u],
    ['an outcome the rule keeps silent about', { outcome: 'not-applicable' }, /not-applicable/u],
    ['asked for without sending', { withheldByPerson: true }, /person/u],
  ])('sends nothing when %s, and says why', (_name, change, reason) => {
    expect(decideSending({ ...circumstances, ...change })).toMatchObject({
      send: false,
      reason: expect.stringMatching(reason) as unknown,
    });
  });
});

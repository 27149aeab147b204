import { describe, expect, it } from '@jest/globals';
import type { Meeting } from './joining.js';
import { joiningKeys, judgeJoining } from './joining.js';

const at = (text: string) => new Date(`${text}T12:00:00Z`);
const meeting = (change: Partial<Meeting> = {}): Meeting => ({
  by: 'accession',
  order: { identity: { patientId: 'P1' }, heardAt: at('2026-11-27') },
  study: { identity: { patientId: 'P1' }, date: '20261127', heardAt: at('2026-11-27') },
  ...change,
});
const foreign = { identity: { patientId: 'P2' }, date: '20261127', heardAt: at('2026-11-27') };
const order = (heard: string, over?: 'signed' | 'cancelled') => ({
  identity: { patientId: 'P1' },
  heardAt: at(heard),
  over,
});
const signed = (heard: string) => order(heard, 'signed');

describe('judgeJoining', () => {
  it.each(joiningKeys)('joins an order and a study of one patient by %s', (by) => {
    expect(judgeJoining(meeting({ by }))).toMatchObject({ kind: 'joined' });
  });

  it.each([
    ['study', 'foreign'],
    ['accession', 'foreign'],
    ['possible-accession', 'unrelated'],
    ['filler', 'unrelated'],
    ['placer', 'unrelated'],
  ] as const)('takes two patients under one %s as %s', (by, kind) => {
    expect(judgeJoining(meeting({ by, study: foreign }))).toMatchObject({ kind });
  });

  it('joins nothing by an order number alone where no patient is stated', () => {
    const nameless = { ...meeting().order, identity: {} };
    expect(judgeJoining(meeting({ by: 'filler', order: nameless })).kind).toBe('unrelated');
    expect(judgeJoining(meeting({ by: 'accession', order: nameless })).kind).toBe('joined');
  });

  it.each([
    ['signed on the day of the study', signed('2026-11-27'), 'joined'],
    ['signed on the day before by another zone', signed('2026-11-26'), 'joined'],
    ['signed two days before the study', signed('2026-11-25'), 'unrelated'],
    ['placed a year and more before', order('2025-10-01'), 'unrelated'],
    ['cancelled a week before', order('2026-11-20', 'cancelled'), 'joined'],
    ['cancelled more than a month before', order('2026-10-20', 'cancelled'), 'unrelated'],
    ['placed months before', order('2026-05-01'), 'joined'],
  ] as const)('a number of an order %s', (_name, spoken, kind) => {
    expect(judgeJoining(meeting({ order: spoken })).kind).toBe(kind);
    expect(judgeJoining(meeting({ order: spoken, by: 'study' })).kind).toBe('joined');
  });

  it.each([
    ['placed a year and more after the study', {}, 'unrelated'],
    ['signed a year and more after the study', { over: 'signed' }, 'joined'],
    ['placed months after the study', { firstHeardAt: at('2026-05-27') }, 'joined'],
  ] as const)('a number of an order %s', (_name, change, kind) => {
    const study = { ...meeting().study, date: '20250601' };
    const spoken = { ...order('2026-11-27'), firstHeardAt: at('2026-11-27'), ...change };
    expect(judgeJoining(meeting({ order: spoken, study })).kind).toBe(kind);
    expect(judgeJoining(meeting({ order: spoken, study, by: 'study' })).kind).toBe('joined');
  });

  it('takes a study for made when it was heard of, where its date is ahead of that', () => {
    const ahead = (date: string) => ({ ...meeting().study, date });
    const order = signed('2026-11-27');
    expect(judgeJoining(meeting({ order, study: ahead('20261130') })).kind).toBe('joined');
    expect(judgeJoining(meeting({ order, study: ahead('20361130') })).kind).toBe('joined');
    const old = signed('2026-11-20');
    expect(judgeJoining(meeting({ order: old, study: ahead('20261130') })).kind).toBe('unrelated');
  });

  it('goes by when both were heard of where the archive states no date', () => {
    const study = { ...meeting().study, date: undefined };
    expect(judgeJoining(meeting({ study, order: signed('2026-11-01') })).kind).toBe('joined');
    expect(judgeJoining(meeting({ study, order: signed('2026-10-01') })).kind).toBe('unrelated');
  });
});

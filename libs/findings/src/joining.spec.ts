import { describe, expect, it } from '@jest/globals';
import type { Meeting } from './joining.js';
import { joiningKeys, judgeJoining, namespacesAgree } from './joining.js';

const at = (text: string) => new Date(`${text}T12:00:00Z`);
const meeting = (change: Partial<Meeting> = {}): Meeting => ({
  by: 'accession',
  order: { identity: { patientId: 'P1' }, heardAt: at('2026-11-27'), isSigned: false },
  study: { identity: { patientId: 'P1' }, date: '20261127', heardAt: at('2026-11-27') },
  ...change,
});
const foreign = { identity: { patientId: 'P2' }, date: '20261127', heardAt: at('2026-11-27') };
const signed = (heard: string) => ({ identity: { patientId: 'P1' }, heardAt: at(heard), isSigned: true });

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
    const order = { ...meeting().order, identity: {} };
    expect(judgeJoining(meeting({ by: 'filler', order })).kind).toBe('unrelated');
    expect(judgeJoining(meeting({ by: 'accession', order })).kind).toBe('joined');
  });

  it.each([
    ['signed on the day of the study', signed('2026-11-27'), 'joined'],
    ['signed on the day before by another zone', signed('2026-11-26'), 'joined'],
    ['signed two days before the study', signed('2026-11-25'), 'unrelated'],
    ['placed a year and more before', { ...signed('2025-10-01'), isSigned: false }, 'unrelated'],
    ['placed months before', { ...signed('2026-05-01'), isSigned: false }, 'joined'],
  ] as const)('a number of an order %s', (_name, order, kind) => {
    expect(judgeJoining(meeting({ order })).kind).toBe(kind);
    expect(judgeJoining(meeting({ order, by: 'study' })).kind).toBe('joined');
  });

  it('goes by when both were heard of where the archive states no date', () => {
    const study = { ...meeting().study, date: undefined };
    expect(judgeJoining(meeting({ study, order: signed('2026-11-01') })).kind).toBe('joined');
    expect(judgeJoining(meeting({ study, order: signed('2026-10-01') })).kind).toBe('unrelated');
  });

  it('compares namespaces only where both sides state one', () => {
    expect(namespacesAgree('A', undefined)).toBe(true);
    expect(namespacesAgree('', 'B')).toBe(true);
    expect(namespacesAgree('A', 'B')).toBe(false);
  });
});

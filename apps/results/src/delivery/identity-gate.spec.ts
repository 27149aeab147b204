import { describe, expect, it } from '@jest/globals';
import type { GateStatements } from './identity-gate.js';
import { judgeIdentity } from './identity-gate.js';

const identity = {
  patientId: 'P1',
  studyInstanceUid: '1.2',
  name: { family: 'Doe', given: 'Jane' },
  birthDate: '19700101',
};
const statements: GateStatements = {
  atFetch: identity,
  inEvidence: identity,
  now: identity,
  listed: [identity],
  orders: [],
  issuerOfSource: undefined,
  issuerOfNode: undefined,
  holdOnDemographics: false,
};

describe('judgeIdentity', () => {
  it('opens when every statement agrees', () => {
    expect(judgeIdentity(statements)).toEqual({ open: true });
    expect(judgeIdentity({ ...statements, orders: [{ patientId: 'P1', issuerOfPatientId: 'A' }] }).open).toBe(
      true,
    );
  });

  it.each<[string, Partial<GateStatements>]>([
    [
      'the patient id changed since fetch',
      { now: { ...identity, patientId: 'P2' }, inEvidence: { ...identity, patientId: 'P2' } },
    ],
    ['the birth date changed since fetch', { now: { ...identity, birthDate: '19700102' } }],
    ['the evidence names another patient', { inEvidence: { ...identity, patientId: 'P2' } }],
    ['the same number is another patient at the receiver', { issuerOfSource: 'A', issuerOfNode: 'B' }],
    ['the archive states no patient id', { now: { studyInstanceUid: '1.2' } }],
    [
      'the archive lists another patient than its images',
      { listed: [identity, { ...identity, patientId: 'P2' }] },
    ],
    ['the identity at fetch was purged', { atFetch: undefined }],
    ['the order names another patient', { orders: [{ patientId: 'P9' }] }],
  ])('stays closed when %s', (_name, change) => {
    expect(judgeIdentity({ ...statements, ...change }).open).toBe(false);
  });

  it('opens whatever name the archive lists, and whatever it lists of a study that was released', () => {
    const listed = { ...identity, name: { family: '', given: '' } };
    expect(judgeIdentity({ ...statements, listed: [listed] }).open).toBe(true);
    expect(judgeIdentity({ ...statements, listed: [] }).open).toBe(true);
  });

  it('holds on demographics of an order only where the rule says so', () => {
    const orders = [{ patientId: 'P1', birthDate: '19990101' }];
    expect(judgeIdentity({ ...statements, orders }).open).toBe(true);
    expect(judgeIdentity({ ...statements, orders, holdOnDemographics: true }).open).toBe(false);
  });
});

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
  orders: [],
  issuerOfNode: undefined,
  holdOnDemographics: false,
};

describe('judgeIdentity', () => {
  it('opens when every statement agrees', () => {
    expect(judgeIdentity(statements)).toEqual({ open: true });
    expect(
      judgeIdentity({ ...statements, orders: [{ identity: { patientId: 'P1' }, issuer: 'A' }] }).open,
    ).toBe(true);
  });

  it.each<[string, Partial<GateStatements>]>([
    [
      'the patient id changed since fetch',
      { now: { ...identity, patientId: 'P2' }, inEvidence: { ...identity, patientId: 'P2' } },
    ],
    ['the birth date changed since fetch', { now: { ...identity, birthDate: '19700102' } }],
    ['the evidence names another patient', { inEvidence: { ...identity, patientId: 'P2' } }],
    ['the archive does not have the study', { now: undefined }],
    ['the archive states no patient id', { now: { studyInstanceUid: '1.2' } }],
    ['the identity at fetch was purged', { atFetch: undefined }],
    ['the order names another patient', { orders: [{ identity: { patientId: 'P9' }, issuer: undefined }] }],
  ])('stays closed when %s', (_name, change) => {
    expect(judgeIdentity({ ...statements, ...change }).open).toBe(false);
  });

  it('holds on demographics of an order only where the rule says so', () => {
    const orders = [{ identity: { patientId: 'P1', birthDate: '19990101' }, issuer: undefined }];
    expect(judgeIdentity({ ...statements, orders }).open).toBe(true);
    expect(judgeIdentity({ ...statements, orders, holdOnDemographics: true }).open).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Candidate } from './match-order.js';
import { matchOrder } from './match-order.js';

const issuers = new Map<string, string | undefined>();
const byAccession = { studyInstanceUids: [], modality: 'CT' };
const patient = { patientId: 'P1', accessionNumber: 'A1' };
const candidate = (uid: string, change: Partial<Candidate> = {}): Candidate => ({
  nodeId: 'n1',
  studyInstanceUid: uid,
  identity: { patientId: 'P1', studyInstanceUid: uid, accessionNumber: 'A1' },
  modalities: ['CT'],
  ...change,
});
const other = { identity: { patientId: 'P2', accessionNumber: 'A1' } };

describe('matchOrder', () => {
  it('waits while nothing is there', () => {
    expect(matchOrder(byAccession, patient, [], issuers).kind).toBe('none');
    expect(
      matchOrder({ studyInstanceUids: ['1.2'], modality: null }, patient, [candidate('1.3')], issuers).kind,
    ).toBe('none');
  });

  it('takes the only study of the accession number, with its copies on several nodes', () => {
    const match = matchOrder(
      byAccession,
      patient,
      [candidate('1.2'), candidate('1.2', { nodeId: 'n2' })],
      issuers,
    );
    expect(match).toMatchObject({ kind: 'found', studies: [{ studyInstanceUid: '1.2', copies: [{}, {}] }] });
  });

  it('holds two studies under one accession number, never taking the first', () => {
    expect(matchOrder(byAccession, patient, [candidate('1.2'), candidate('1.3')], issuers)).toMatchObject({
      kind: 'hold',
    });
  });

  it('narrows several by patient and by modality', () => {
    expect(matchOrder(byAccession, patient, [candidate('1.2'), candidate('1.3', other)], issuers).kind).toBe(
      'found',
    );
    expect(
      matchOrder(byAccession, patient, [candidate('1.2'), candidate('1.3', { modalities: ['MR'] })], issuers)
        .kind,
    ).toBe('found');
  });

  it('holds when the accession number leads to another patient only', () => {
    expect(matchOrder(byAccession, patient, [candidate('1.2', other)], issuers).kind).toBe('hold');
  });

  it('finds every study that an order names by UID, and counts those that are not there yet', () => {
    const order = { studyInstanceUids: ['1.2', '1.3', '1.4'], modality: null };
    const match = matchOrder(order, patient, [candidate('1.2'), candidate('1.3', other)], issuers);
    expect(match).toMatchObject({
      kind: 'found',
      missing: 1,
      studies: [{ studyInstanceUid: '1.2' }, { studyInstanceUid: '1.3' }],
    });
  });

  it('holds when the same patient number is of another assigning authority', () => {
    const order = { ...patient, issuerOfPatientId: 'A' };
    expect(matchOrder(byAccession, order, [candidate('1.2')], new Map([['n1', 'B']])).kind).toBe('hold');
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Candidate, OrderKeys } from './match-order.js';
import { matchOrder } from './match-order.js';

const issuers = new Map<string, string | undefined>();
const order = (change: Partial<OrderKeys> = {}): OrderKeys => ({
  studyInstanceUids: [],
  modality: 'CT',
  accessions: [{ value: 'A1', source: 'stated' }],
  identity: { patientId: 'P1', accessionNumber: 'A1' },
  heardAt: new Date('2026-11-27T11:00:00Z'),
  now: new Date('2026-11-27T12:00:00Z'),
  ...change,
});
const candidate = (uid: string, change: Partial<Candidate> = {}): Candidate => ({
  nodeId: 'n1',
  studyInstanceUid: uid,
  studyDate: '20261127',
  identity: { patientId: 'P1', studyInstanceUid: uid, accessionNumber: 'A1' },
  modalities: ['CT'],
  ...change,
});
const other = { identity: { patientId: 'P2', accessionNumber: 'A1' } };
const match = (keys: OrderKeys, ...candidates: Candidate[]) => matchOrder(keys, candidates, issuers);

describe('matchOrder', () => {
  it('waits while nothing is there', () => {
    expect(match(order()).kind).toBe('none');
    const bearingNothing = { identity: { patientId: 'P1' } };
    expect(match(order(), candidate('1.3', bearingNothing)).kind).toBe('none');
  });

  it('takes the only study of the accession number, with its copies on several nodes', () => {
    expect(match(order(), candidate('1.2'), candidate('1.2', { nodeId: 'n2' }))).toMatchObject({
      kind: 'found',
      studies: [{ studyInstanceUid: '1.2', copies: [{}, {}] }],
    });
  });

  it('never takes the first of two studies under one accession number', () => {
    expect(match(order(), candidate('1.2'), candidate('1.3'))).toMatchObject({
      kind: 'several',
      reason: '2 studies stand under the accession number of the order: 1.2, 1.3; say which one is meant',
      studies: [{ studyInstanceUid: '1.2' }, { studyInstanceUid: '1.3' }],
    });
  });

  it.each([
    ['studies of the patient', 'several', {}, /^7 studies .*: 1\.1, 1\.2, 1\.3, 1\.4, 1\.5 and 2 more; say/u],
    ['those of another', 'hold', other, /another patient: 1\.1, 1\.2, 1\.3, 1\.4, 1\.5 and 2 more$/u],
  ])('names five of many %s, each once', (_name, kind, change, words) => {
    const many = [1, 2, 3, 4, 5, 6, 7, 1].map((each) => candidate(`1.${each}`, change));
    expect(match(order(), ...many)).toMatchObject({
      kind,
      reason: expect.stringMatching(words) as unknown,
    });
  });

  it('narrows several by patient and by modality', () => {
    expect(match(order(), candidate('1.2'), candidate('1.3', other)).kind).toBe('found');
    expect(match(order(), candidate('1.2'), candidate('1.3', { modalities: ['MR'] })).kind).toBe('found');
  });

  it('holds when the accession number leads to another patient only, and names those studies', () => {
    expect(match(order(), candidate('1.2', other))).toMatchObject({
      kind: 'hold',
      foreign: [{ studyInstanceUid: '1.2' }],
    });
  });

  it.each<[string, string | undefined, string | undefined, string]>([
    ['both state one', 'HOSP', 'HOSP', 'found'],
    ['only the order states one', 'HOSP', undefined, 'found'],
    ['only the archive states one', undefined, 'HOSP', 'found'],
    ['they state two', 'HOSP', 'CLINIC', 'none'],
  ])('compares issuers of accession numbers: %s', (_name, ours, theirs, kind) => {
    const keys = order({ accessions: [{ value: 'A1', issuer: ours, source: 'stated' }] });
    const issuer = theirs === undefined ? {} : { issuerOfAccessionNumber: theirs };
    const identity = { patientId: 'P1', accessionNumber: 'A1', ...issuer };
    expect(match(keys, candidate('1.2', { identity })).kind).toBe(kind);
  });

  it('takes the issuer that the files of a study state for one that the search leaves out', () => {
    const keys = order({ accessions: [{ value: 'A1', issuer: 'HOSP', source: 'stated' }] });
    expect(match(keys, candidate('1.2', { issuerInFiles: 'CLINIC' })).kind).toBe('none');
    expect(match(keys, candidate('1.2', { issuerInFiles: 'HOSP' })).kind).toBe('found');
  });

  it('takes an order number for an accession number only where the patient confirms it', () => {
    const keys = order({ accessions: [{ value: 'A1', source: 'possible' }] });
    expect(match(keys, candidate('1.2')).kind).toBe('found');
    expect(match(keys, candidate('1.2', other))).toEqual({
      kind: 'none',
      passedOver: expect.stringMatching(/^1\.2: .*of another patient$/u),
    });
    expect(match(keys, candidate('1.2', { identity: { accessionNumber: 'A1' } })).kind).toBe('none');
  });

  it('finds every study that an order names by UID, and counts those that are not there yet', () => {
    const keys = order({ studyInstanceUids: ['1.2', '1.3', '1.4'] });
    expect(match(keys, candidate('1.2'), candidate('1.3', other))).toMatchObject({
      kind: 'found',
      missing: 1,
      studies: [
        { studyInstanceUid: '1.2', isForeign: false },
        { studyInstanceUid: '1.3', isForeign: true },
      ],
    });
  });

  it('holds when the same patient number is of another assigning authority', () => {
    const keys = order({ identity: { patientId: 'P1', issuerOfPatientId: 'A', accessionNumber: 'A1' } });
    expect(matchOrder(keys, [candidate('1.2')], new Map([['n1', 'B']])).kind).toBe('hold');
  });
});

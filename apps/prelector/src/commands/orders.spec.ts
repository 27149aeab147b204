import { describe, expect, it } from '@jest/globals';
import type { ToldOrder } from '@prelector/ledger';
import { foundLines } from './find-study.js';
import { studyLines } from './study-lines.js';
import { orderLines } from './orders.js';

const at = (time: string) => new Date(`2026-11-27T${time}Z`);
const order: ToldOrder = {
  id: '1',
  feed: 'ris',
  state: 'announced',
  stateReason: null,
  readingState: 'unknown',
  priority: 5,
  testOnly: false,
  createdAt: at('08:00:00'),
  updatedAt: at('08:00:00'),
  numbers: {
    accessions: [{ value: 'A1', issuer: 'HOSP', source: 'stated' }],
    placer: { value: '77', namespace: 'SYSA' },
    filler: null,
  },
  studyInstanceUids: [],
  studies: [],
  candidates: [],
  candidateCount: 0,
  waits: null,
  lastMessage: null,
};
const lines = (change: Partial<ToldOrder>) => orderLines({ orders: [{ ...order, ...change }], more: false });

describe('orders as lines', () => {
  it('tell of one that waits what for, and who spoke of it', () => {
    expect(
      lines({
        priority: 1,
        testOnly: true,
        studyInstanceUids: ['1.2'],
        waits: {
          state: 'waiting',
          attempt: 3,
          askedAt: at('08:02:00'),
          dueAt: at('08:05:00'),
          reason: 'not there yet',
        },
        lastMessage: { type: 'ORM^O01', controlId: 'M1', receivedAt: at('08:01:00'), reason: null },
      }),
    ).toEqual([
      '2026-11-27T08:00:00.000Z ris: order 1: accession A1^HOSP, placer 77^SYSA',
      '  announced, priority 1, of test or training',
      '  names study 1.2, which no archive has shown yet',
      '  asked for again at 2026-11-27T08:05:00.000Z, attempt 3',
      '  as of 2026-11-27T08:02:00.000Z: not there yet',
      '  last message ORM^O01 M1 at 2026-11-27T08:01:00.000Z',
    ]);
  });

  it('tell of one that is held its reason, studies and candidates', () => {
    expect(
      lines({
        state: 'held',
        stateReason: '2 studies stand under it',
        readingState: 'final',
        studyInstanceUids: ['1.2'],
        studies: [{ studyInstanceUid: '1.2', state: 'held', how: 'Study Instance UID' }],
        candidates: [{ studyInstanceUid: '1.3', state: 'watching', by: 'accession number' }],
        candidateCount: 25,
      }),
    ).toEqual([
      '2026-11-27T08:00:00.000Z ris: order 1: accession A1^HOSP, placer 77^SYSA',
      '  held, reading final: 2 studies stand under it',
      '  study 1.2 (held; joined by Study Instance UID)',
      '  candidate 1.3 (watching; not joined, met by accession number)',
      '  and 24 more candidates',
    ]);
  });

  it('tell of numbers that may be others, that there are none, and that they were purged', () => {
    const filler = { value: 'F1', namespace: null };
    const possible = { value: 'F1', issuer: null, source: 'possible' as const };
    expect(lines({ numbers: { accessions: [possible], placer: null, filler } })[0]).toMatch(
      /ris: order 1: perhaps accession F1, filler F1$/u,
    );
    expect(lines({ numbers: { accessions: [], placer: null, filler: null } })[0]).toMatch(
      /: known by its Study Instance UID alone$/u,
    );
    expect(lines({ numbers: null, feed: null })[0]).toMatch(/no feed: order 1: its numbers were purged$/u);
  });

  it('say that there are none, or more', () => {
    expect(orderLines({ orders: [], more: false })).toEqual(['No such order.']);
    expect(orderLines({ orders: [order], more: true }).at(-1)).toMatch(/^There are more/u);
  });
});

describe('what was found by number, as lines', () => {
  it('lists several studies, and the orders where there is none', () => {
    const study = {
      studyInstanceUid: '1.2',
      state: 'held' as const,
      stateReason: 'differs: Patient ID',
      readingState: 'unknown' as const,
      firstHeardAt: at('08:00:00'),
      updatedAt: at('08:00:01'),
      accession: { state: 'stated' as const, value: 'A1', issuer: 'HOSP' },
      nodes: ['main', 'second'],
      runs: { done: 1, dead: 2 },
      deliveries: { verified: 2 },
    };
    const second = {
      ...study,
      studyInstanceUid: '1.3',
      state: 'watching' as const,
      stateReason: null,
      readingState: 'final' as const,
      accession: { state: 'none' as const },
      nodes: [],
      runs: {},
      deliveries: {},
    };
    const told = { studies: [study, second], more: false };
    expect(foundLines({ kind: 'several', words: 'that Patient ID', told })).toEqual([
      '2 studies bear that Patient ID; the story of one: prelector study <uid>',
      '2026-11-27T08:00:00.000Z study 1.2: accession A1^HOSP, on main, second',
      '  held: differs: Patient ID',
      '  runs: 1 done, 2 dead; reports: 2 verified',
      '2026-11-27T08:00:00.000Z study 1.3: no accession number, on no node',
      '  watching, reading final',
    ]);
    const more = foundLines({ kind: 'several', words: 'that Patient ID', told: { ...told, more: true } });
    expect(more[0]).toMatch(/^More than 2 studies bear/u);
    expect(more.at(-1)).toMatch(/^There are more/u);
    expect(studyLines({ studies: [], more: false })).toEqual(['No such study.']);
    const [unseen, purged] = (['not-looked-at', 'purged'] as const).map((state) =>
      studyLines({ studies: [{ ...second, accession: { state } }], more: false })[0]
        ?.split(': ')
        .at(-1),
    );
    expect(unseen).toBe('accession number not looked at yet, on no node');
    expect(purged).toBe('accession number purged, on no node');
    const [first, next] = foundLines({ kind: 'ordered', words: 'that Patient ID', orders: [order] });
    expect(first).toBe('No study bears that Patient ID; these orders do (prelector orders):');
    expect(next).toMatch(/accession A1\^HOSP/u);
  });
});

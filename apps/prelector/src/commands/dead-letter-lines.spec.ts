import { describe, expect, it } from '@jest/globals';
import type { ToldDeadLetter } from '@prelector/ledger';
import { deadLetterLines } from './dead-letter-lines.js';

const letter = (change: Partial<ToldDeadLetter>): ToldDeadLetter => ({
  id: '7',
  stepId: '8',
  step: 'run',
  rowId: '9',
  code: 'run.timeout',
  reason: 'lungs 1.0.0: The run took too long.',
  at: new Date('2026-11-27T08:00:00Z'),
  studyInstanceUids: ['1.2.3'],
  orderId: null,
  orderState: null,
  model: 'lungs 1.0.0',
  report: null,
  nodes: ['pacs'],
  ...change,
});

describe('the lines of a dead letter', () => {
  it('name the model once, the study, the server, and what to do', () => {
    expect(deadLetterLines(letter({}))).toEqual([
      '  2026-11-27T08:00:00.000Z run lungs 1.0.0 at pacs, study 1.2.3: run.timeout: The run took too long.',
      '    prelector study 1.2.3; once that is mended: prelector retry 7 --reason "..."',
    ]);
  });

  it('say which report was to go where', () => {
    const [first] = deadLetterLines(letter({ step: 'deliver', report: 'text-report', reason: 'Refused.' }));
    expect(first).toMatch(/ deliver text-report of lungs 1\.0\.0 to pacs, study 1\.2\.3: .* Refused\.$/u);
  });

  it('say of an order how it is looked at, with a study and without', () => {
    const of = (studyInstanceUids: string[]) =>
      deadLetterLines(
        letter({ step: 'resolve', model: null, orderId: '5', orderState: 'held', studyInstanceUids }),
      );
    expect(of(['1.2.3'])[0]).toMatch(/ resolve at pacs, order 5, study 1\.2\.3: /u);
    expect(of(['1.2.3'])[1]).toMatch(/^ {4}prelector orders --study 1\.2\.3; /u);
    expect(of([])[1]).toMatch(/^ {4}prelector orders --state held; /u);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '@prelector/ledger';
import { retryDeadLetters } from '@prelector/pipeline';
import { until } from '../system/until.testing.js';
import { some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, close } = await testLedger()));
afterAll(() => close?.());

async function bury(code: string): Promise<void> {
  const { stepId, attempt } = await ledger.transaction((tx) =>
    tx.steps.schedule({ step: 'observe', rowId: randomUUID() }),
  );
  const claim = some(await ledger.pool.steps.claim({ stepId, attempt, holder: 'test', leaseSeconds: 60 }));
  await ledger.transaction((tx) => tx.steps.bury(claim, { code, message: 'what went wrong' }));
}

const isWaitingForALock = async () =>
  (await ledger.pool.sql.manager.query<unknown[]>('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0 ||
  undefined;

describe('trying every dead letter again', () => {
  it('goes on past one that is answered meanwhile, says how many, and leaves other codes alone', async () => {
    for (const code of ['x.away', 'x.away', 'x.away', 'x.other']) await bury(code);
    const letters = await ledger.pool.deadLetters.open(10, 'x.away');
    const held = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const holding = ledger.transaction(async (tx) => {
      await tx.sql.manager.query('SELECT 1 FROM dead_letter WHERE id = $1 FOR UPDATE', [some(letters[0]).id]);
      held.resolve();
      await go.promise;
    });
    await held.promise;
    const all = retryDeadLetters(ledger, 'x.away', 'person:pat', 'the network is mended');
    await until('the first is waited for', isWaitingForALock);
    await ledger.transaction((tx) =>
      tx.deadLetters.revive(some(letters[1]).id, 'person:kim', 'the same, by another person'),
    );
    go.resolve();
    await holding;
    expect(await all).toMatchObject({
      retried: [{ id: letters[0]?.id }, { id: letters[2]?.id }],
      answeredMeanwhile: 1,
    });
    expect(await ledger.pool.deadLetters.open(10)).toMatchObject([{ code: 'x.other' }]);
  });
});

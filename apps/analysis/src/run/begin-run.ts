import type { Claim, Ledger, RunRow } from '@prelector/ledger';
import { assertClaim, lastAttemptSaid, lockRun, moveRun } from '@prelector/ledger';

const who = 'analysis';

/** Marks the run of a claim as running, run before step; undefined when there is nothing left to do. */
export function beginRun(ledger: Ledger, claim: Claim): Promise<RunRow | undefined> {
  const runId = claim.rowId;
  return ledger.transaction(async (tx) => {
    const { state } = await lockRun(tx, runId);
    await assertClaim(tx, claim);
    if (state === 'done' || state === 'cancelled' || state === 'held') return undefined;
    if (state === 'running') {
      const why = (await lastAttemptSaid(tx, claim)) ?? 'the attempt before ended without an answer';
      await moveRun(tx, runId, 'pending', { who, why });
    }
    return moveRun(tx, runId, 'running', { who });
  });
}

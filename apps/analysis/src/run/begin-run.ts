import type { Claim, Ledger, RunRow } from '@prelector/ledger';

const who = 'analysis';

/** Marks the run of a claim as running, run before step; undefined when there is nothing left to do. */
export function beginRun(ledger: Ledger, claim: Claim): Promise<RunRow | undefined> {
  const runId = claim.rowId;
  return ledger.transaction(async (tx) => {
    const { state } = await tx.runs.lock(runId);
    await tx.steps.assertClaim(claim);
    if (state === 'done' || state === 'cancelled' || state === 'held') return undefined;
    if (state === 'running') {
      const why = (await tx.steps.lastAttemptSaid(claim)) ?? 'the attempt before ended without an answer';
      await tx.moves.run(runId, 'pending', { who, why });
    }
    return tx.moves.run(runId, 'running', { who });
  });
}

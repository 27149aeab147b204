import type { StepName } from '@prelector/findings';
import { lockDelivery } from '../evidence/delivery-context.js';
import { runById } from '../runs/runs.js';
import type { Tx } from '../tx.js';
import type { Move } from './move-row.js';
import { moveDelivery, moveRun } from './moves.js';

/**
 * Takes up the row of a step that was given up, in the transaction that takes up the step: a run or a delivery
 * is dead only while its dead letter is open. A delivery that its node may have is `attempted` again, so that
 * it is looked for first.
 */
export async function reviveRow(
  tx: Tx,
  { step, rowId }: { readonly step: StepName; readonly rowId: string },
  move: Move,
): Promise<void> {
  if (step === 'run' && (await runById(tx, rowId))?.state === 'dead')
    await moveRun(tx, rowId, 'pending', move);
  if (step !== 'deliver') return;
  const { state, inDoubtSince } = await lockDelivery(tx, rowId);
  if (state === 'dead') await moveDelivery(tx, rowId, inDoubtSince ? 'attempted' : 'pending', move);
}

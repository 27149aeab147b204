import type { DeadLetter, Ledger } from '@prelector/ledger';
import { deliveryById, moveDelivery, moveRun, reviveDeadLetter, runById } from '@prelector/ledger';

/** Has a dead step tried again, as a person decided; throws `ledger.not-found` when the letter is not open. */
export async function retryDeadLetter(
  ledger: Ledger,
  id: string,
  who: string,
  why: string,
): Promise<DeadLetter> {
  return ledger.transaction(async (tx) => {
    const letter = await reviveDeadLetter(tx, id, who, why);
    if (letter.step === 'run' && (await runById(tx, letter.rowId))?.state === 'dead') {
      await moveRun(tx, letter.rowId, 'pending', { who, why });
    }
    if (letter.step === 'deliver' && (await deliveryById(tx, letter.rowId))?.state === 'dead') {
      await moveDelivery(tx, letter.rowId, 'pending', { who, why });
    }
    return letter;
  });
}

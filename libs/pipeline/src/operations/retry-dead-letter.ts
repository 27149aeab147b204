import { PrelectorError } from '@prelector/kernel';
import type { DeadLetter, Ledger } from '@prelector/ledger';
import {
  deliveryById,
  moveDelivery,
  moveRun,
  openDeadLetters,
  reviveDeadLetter,
  runById,
} from '@prelector/ledger';

/** Has a dead step tried again, as a person decided; throws `ledger.not-found` when the letter is not open. */
export async function retryDeadLetter(
  ledger: Ledger,
  id: string,
  who: string,
  why: string,
): Promise<DeadLetter> {
  if (!/^[0-9a-f-]{36}$/u.test(id)) {
    throw new PrelectorError(
      'retry.id-invalid',
      'permanent',
      'That is not the id of a dead letter; see: prelector status.',
    );
  }
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

/** The same for every open dead letter, or for those of one error code. */
export async function retryDeadLetters(
  ledger: Ledger,
  code: string | undefined,
  who: string,
  why: string,
): Promise<DeadLetter[]> {
  const retried: DeadLetter[] = [];
  for (const { id } of await openDeadLetters(ledger.pool, 10_000, code)) {
    retried.push(await retryDeadLetter(ledger, id, who, why));
  }
  return retried;
}

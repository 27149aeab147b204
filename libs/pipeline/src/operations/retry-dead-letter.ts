import { PrelectorError, asPrelectorError } from '@prelector/kernel';
import type { DeadLetter, Ledger, Tx } from '@prelector/ledger';

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
    await tx.deadLetters.lockRows(id);
    const letter = await tx.deadLetters.revive(id, who, why);
    await tx.moves.reviveRow(letter, { who, why });
    if (letter.code === 'deliver.nothing-accepted') await askForEveryForm(tx, letter.rowId, { who, why });
    return letter;
  });
}

/** What the node was heard to refuse of this evidence is forgotten, and its other forms are tried again as well. */
async function askForEveryForm(
  tx: Tx,
  deliveryId: string,
  by: { readonly who: string; readonly why: string },
): Promise<void> {
  const delivery = await tx.deliveries.byId(deliveryId);
  const evidence = delivery && (await tx.evidence.byId(delivery.evidenceId));
  if (!delivery || !evidence) return;
  const { nodeId } = delivery;
  const siblings = await tx.deliveries.siblingsOf(deliveryId);
  for (const { sopClassUid, template, transferSyntax } of [evidence, ...siblings])
    await tx.acceptances.forgetRefusals(nodeId, by, {
      nodeId,
      service: 'stow',
      sopClassUid,
      template,
      transferSyntax,
    });
  for (const each of siblings) {
    // One that was refused, and may be stored all the same, is looked for at long intervals.
    if (each.state !== 'refused' && each.state !== 'attempted') continue;
    if (each.state === 'refused') await tx.moves.delivery(each.id, 'pending', by);
    await tx.steps.schedule({ step: 'deliver', rowId: each.id, restart: true });
  }
}

/** What became of trying many dead letters again. */
export interface RetriedDeadLetters {
  readonly retried: readonly DeadLetter[];
  /** That somebody, or the work itself, answered meanwhile: there was nothing left to do. */
  readonly answeredMeanwhile: number;
}

/** The same for every open dead letter, or for those of one error code; one that is answered meanwhile stops none. */
export async function retryDeadLetters(
  ledger: Ledger,
  code: string | undefined,
  who: string,
  why: string,
): Promise<RetriedDeadLetters> {
  const retried: DeadLetter[] = [];
  let answeredMeanwhile = 0;
  for (const { id } of await ledger.pool.deadLetters.open(10_000, code)) {
    const letter = await retryDeadLetter(ledger, id, who, why).catch(async (thrown: unknown) => {
      if (asPrelectorError(thrown).code !== 'ledger.not-found' || (await ledger.pool.deadLetters.isOpen(id)))
        throw thrown;
      return undefined;
    });
    if (letter) retried.push(letter);
    else answeredMeanwhile += 1;
  }
  return { retried, answeredMeanwhile };
}

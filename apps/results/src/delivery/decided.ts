import type { DeliveryRow, StudyRow, Tx } from '@prelector/ledger';
import type { StepEnd, StepResult } from '@prelector/pipeline';
import { done } from '@prelector/pipeline';
import type { Outbound } from './outbound.js';

/** Study and delivery as they are now, locked until the transaction ends. */
export interface Locked {
  readonly study: StudyRow;
  readonly delivery: DeliveryRow;
}

/** States from which a delivery is still decided on; from every other one only a person or newer evidence leads. */
const undecided: ReadonlySet<string> = new Set(['pending', 'attempted', 'stored', 'not-sent', 'refused']);

/** Locks the study, then the delivery, in that order everywhere; undefined when something else has settled it. */
export async function lockBoth(tx: Tx, outbound: Outbound): Promise<Locked | undefined> {
  const study = await tx.studies.lock(outbound.study.id);
  const delivery = await tx.deliveries.lock(outbound.delivery.id);
  return undecided.has(delivery.state) ? { study, delivery } : undefined;
}

/**
 * The end of an attempt, decided with study and delivery locked, in the transaction that ends the lease under
 * the claim's fencing number. Every way on which a worker settles a delivery goes through here.
 */
export function decided(
  outbound: Outbound,
  decide: (tx: Tx, locked: Locked) => Promise<StepEnd | void>,
): StepResult {
  return done(async (tx) => {
    const locked = await lockBoth(tx, outbound);
    return locked ? decide(tx, locked) : undefined;
  });
}

/** Brings one that was kept back or refused to `pending`, from where it may be sent or settled otherwise. */
export async function takeUp(tx: Tx, { delivery }: Locked): Promise<void> {
  if (delivery.state !== 'not-sent' && delivery.state !== 'refused') return;
  await tx.moves.delivery(delivery.id, 'pending', { who: 'results', why: 'looked at again' });
}

import { PrelectorError } from '@prelector/kernel';
import type { Doubt, Tx } from '@prelector/ledger';
import type { StepEnd, StepResult } from '@prelector/pipeline';
import { failed } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { Locked } from './decided.js';
import { decided, takeUp } from './decided.js';
import { doubtWords } from './doubt-words.js';
import type { Outbound } from './outbound.js';
import type { Permission } from './permission.js';
import { permissionNow } from './permission.js';

/** For so long an object is looked for that was perhaps stored and is not to be stored again. */
const lookForSeconds = 24 * 3600;
const longestPauseSeconds = 3600;

/** Ends an attempt of what may not go out, by what holds in the transaction that ends it. */
export function keepBack(tools: DeliveryTools, outbound: Outbound): StepResult {
  return decided(outbound, async (tx, locked) => {
    const permission = await permissionNow(tx, tools, outbound, locked.study);
    switch (permission.kind) {
      case 'go':
        return inSeconds(tools, 0, 'it may be sent again');
      case 'wait':
        return inSeconds(tools, permission.seconds, permission.why);
      case 'fail':
        return failed(permission.error);
      case 'keep':
        return settleUnsent(tx, tools, outbound, locked, permission);
    }
  });
}

/**
 * Settles what stays here. What its node may have all the same, because nobody knows what came of a store of it, is
 * not settled before that is known: it is looked for, with growing pauses, for a day.
 */
export async function settleUnsent(
  tx: Tx,
  tools: DeliveryTools,
  { node }: Outbound,
  locked: Locked,
  { as, why }: Extract<Permission, { kind: 'keep' }>,
): Promise<StepEnd | void> {
  const { delivery } = locked;
  const doubt = await tx.deliveries.doubtOf(delivery.id);
  if (doubt === undefined) {
    if (delivery.state === as && delivery.stateReason === why) return;
    await takeUp(tx, locked);
    await tx.moves.delivery(delivery.id, as, { who: 'results', why });
    return;
  }
  if (node.profile.stow.verify === 'none') return failed(mayBeStored(doubt, why));
  const again = await lookAgain(tx, tools, delivery.id, doubt, why);
  if (again) return again;
  const looked = `${why}; the store at ${doubt.since.toISOString()} had no effect: it was looked for until now`;
  await tx.moves.delivery(delivery.id, as, { who: 'results', why: looked }, { inDoubtSince: null });
}

/** Says that it is looked for, and when next; undefined once it was looked for a day. */
export async function lookAgain(
  tx: Tx,
  tools: DeliveryTools,
  deliveryId: string,
  doubt: Doubt,
  why: string,
): Promise<Extract<StepEnd, { kind: 'later' }> | undefined> {
  const { seconds } = doubt;
  if (seconds >= lookForSeconds) return undefined;
  const said = `it may be stored: ${doubtWords(doubt)}; it is looked for, and not sent again, because ${why}`;
  await tx.deliveries.explain(deliveryId, said);
  // Without times, so that status counts those that wait for the same reason together.
  const waits = `it may be stored and is looked for, and is not sent again, because ${why}`;
  return inSeconds(tools, Math.min(Math.max(seconds / 2, 2), longestPauseSeconds), waits);
}

const inSeconds = (
  { clock }: DeliveryTools,
  seconds: number,
  reason: string,
): Extract<StepEnd, { kind: 'later' }> => ({
  kind: 'later',
  until: new Date(clock.now().getTime() + seconds * 1000),
  reason,
});

const mayBeStored = (doubt: Doubt, why: string) =>
  new PrelectorError(
    'deliver.may-be-stored',
    'permanent',
    `The server gives nothing back to look at, and the report may be stored: ${doubtWords(doubt)}. It is not sent again, because ${why}. Look at the archive whether the report stands there.`,
  );

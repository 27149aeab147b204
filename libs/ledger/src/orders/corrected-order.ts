import type { IdentityVault } from '../identities/identity-vault.js';
import type { Tx } from '../tx.js';
import { withoutAccessions } from './identity-after.js';
import type { NewOrder } from './new-order.js';
import type { OrderKey } from './order-keys.js';
import { formerKeysOf } from './borne-numbers.js';
import { isOneProcedure, ordersUnder } from './orders-under.js';

/**
 * The order whose accession number a message corrects: one that changes an order (ORC-1 XO), states a placer and a filler
 * number that one order alone bears, and nothing that says it speaks of a second procedure. Everything else is another
 * procedure, as one that is cancelled is.
 */
export async function correctedOrder(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  keys: readonly OrderKey[],
  patientHmac: string | undefined,
): Promise<string | undefined> {
  const numbers = keys.filter(({ kind }) => kind === 'filler' || kind === 'placer');
  if (numbers.length < 2 || !keys.some(({ kind }) => kind === 'accession')) return undefined;
  const candidates = await ordersUnder(tx, numbers, order);
  const byFiller = candidates.filter(({ filler }) => filler);
  const byPlacer = candidates.filter(({ placer, hasFiller }) => placer && !hasFiller);
  // Beside one that bears both, no other of the placer number is meant.
  const byBoth = byFiller.filter(({ placer }) => placer);
  const byOne = [...byFiller.filter(({ hasPlacer }) => !hasPlacer), ...byPlacer];
  const [one, ...others] = byBoth.length > 0 ? byBoth : byOne;
  if (!one || others.length > 0 || byFiller.length > 1 || one.state === 'cancelled') return undefined;
  return (await isOneProcedure(tx, vault, one, order, patientHmac)) ? one.id : undefined;
}

/**
 * What a message says of an order, but for accession numbers that the order bore before it was corrected, whose HMACs
 * are given apart: only a message that corrects it once more gives one back.
 */
export async function withoutFormer(
  tx: Tx,
  id: string,
  { order, keys }: { readonly order: NewOrder; readonly keys: readonly OrderKey[] },
): Promise<{ order: NewOrder; keys: readonly OrderKey[]; former: readonly string[] }> {
  const numbers = new Set((await formerKeysOf(tx, id)).map(({ number }) => number));
  const isFormer = ({ kind, number }: OrderKey) => kind === 'accession' && numbers.has(number);
  const former = keys.filter(isFormer).map(({ number }) => number);
  if (former.length === 0) return { order, keys, former };
  const identity = withoutAccessions(order.identity);
  return { order: { ...order, identity }, keys: keys.filter((key) => !isFormer(key)), former };
}

import type { IdentityVault } from '../identities/identity-vault.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { numberKey } from './order-keys.js';
import type { NewOrder, SetAsideNumbers } from './new-order.js';

/** As many are kept of one order. */
const setAsideAtMost = 100;

/** HMACs of what a message states and what does not count, by which nobody but a person finds the order. */
export function setAsideKeys(vault: IdentityVault, setAside: SetAsideNumbers | undefined): string[] {
  const { accessions = [], studyInstanceUids = [] } = setAside ?? {};
  const keys = [
    ...accessions.flatMap((value) => numberKey(vault, 'accession', { value }) ?? []),
    ...studyInstanceUids.flatMap((value) => numberKey(vault, 'study', { value }) ?? []),
  ];
  return [...new Set(keys.map(({ number }) => number))].slice(0, setAsideAtMost);
}

/** Adds them to those of an order that stays as it is. */
export async function keepSetAside(tx: Tx, orderId: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await rowsOf(
    tx,
    `UPDATE study_order SET set_aside = ARRAY(SELECT DISTINCT unnest(set_aside || $2::text[])) WHERE id = $1`,
    [orderId, keys],
  );
}

/** SQL that is true for an order of which a message stated one of these numbers and it did not count. */
export const statedInVain = (order: string, numbers: string): string => `${order}.set_aside && ${numbers}`;

/** Whether an order of which no accession number can be read is one of these, by the studies that both name. */
export type Narrowed =
  { readonly kind: 'meant'; readonly ids: readonly string[] } | { readonly kind: 'unclear' };

/**
 * Which of the orders of its numbers a message means whose accession number cannot be read: the only one; of several,
 * of one that names other studies, or of one that the same message states by its own accession number, the one that
 * names a study of the message. A message that names a study of none of them is of an order of its own; one that names no
 * study does not say which it means.
 */
export async function narrowedByStudy(
  tx: Tx,
  ids: readonly string[],
  { isAccessionUnread, isBesideUsable = false, studyInstanceUids = [] }: NewOrder,
): Promise<Narrowed> {
  if (!isAccessionUnread || ids.length === 0) return { kind: 'meant', ids };
  if (studyInstanceUids.length === 0) return ids.length === 1 ? { kind: 'meant', ids } : { kind: 'unclear' };
  const rows = await rowsOf<{ id: string; names: boolean; namesNone: boolean }>(
    tx,
    `SELECT id, study_instance_uids && $2 AS names, study_instance_uids = '{}' AS "namesNone"
     FROM study_order WHERE id = ANY($1) ORDER BY created_at, id`,
    [ids, studyInstanceUids],
  );
  const naming = rows.filter(({ names }) => names);
  const [only] = rows;
  if (naming.length === 0 && rows.length === 1 && only?.namesNone && !isBesideUsable)
    return { kind: 'meant', ids };
  return { kind: 'meant', ids: naming.map(({ id }) => id) };
}

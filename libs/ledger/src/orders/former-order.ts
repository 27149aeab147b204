import { randomUUIDv7 } from 'node:crypto';
import { joiningWords } from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { openIdentity, storeIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { OrderRow } from './order.entity.js';
import { asPossible } from './taken-back.js';

/**
 * Keeps what was reported of an order under the accession number that a message is about to correct: as an order of its
 * own, with the studies of its patient that it was joined with by that number. Undefined where nothing was reported, or
 * no number is taken away.
 */
export async function keepFormerOrder(
  tx: Tx,
  vault: IdentityVault,
  corrected: OrderRow,
  who: string,
): Promise<OrderRow | undefined> {
  const { id, readingState } = corrected;
  if (readingState !== 'final' && readingState !== 'preliminary') return undefined;
  const said = corrected.identityId && (await openIdentity(tx, vault, corrected.identityId));
  const [number] = await rowsOf(
    tx,
    `SELECT 1 FROM order_key WHERE order_id = $1 AND kind = 'accession' LIMIT 1`,
    [id],
  );
  if (!said || !number) return undefined;
  const former = Object.assign(new OrderRow(), corrected, {
    id: randomUUIDv7(),
    identityId: await storeIdentity(tx, vault, asPossible(said)),
    studyInstanceUids: [],
    state: 'announced',
    stateReason: null,
    acquisitionEnded: false,
    giveUpAt: null,
    formerOrder: id,
    updatedAt: nowOf(tx),
  });
  await tx.insert(OrderRow, former);
  await rowsOf(
    tx,
    `INSERT INTO order_key (order_id, authority, kind, number, namespace)
     SELECT $2, authority, CASE kind WHEN 'accession' THEN 'taken-back-accession' ELSE kind END, number, namespace
     FROM order_key WHERE order_id = $1 AND kind IN ('accession', 'filler', 'placer')`,
    [id, former.id],
  );
  await rowsOf(
    tx,
    `UPDATE order_study SET order_id = $2, how = $3 WHERE order_id = $1 AND how = $4 AND NOT is_foreign`,
    [id, former.id, joiningWords['taken-back-accession'], joiningWords.accession],
  );
  await recordEvent(tx, {
    who,
    what: 'heard of',
    subjectKind: 'order',
    subjectId: former.id,
    before: { order: id },
    after: { state: former.state, identity: former.identityId },
    why: 'what was reported under the accession number of an order before that was corrected',
  });
  return former;
}

import type { KeptIdentity } from '../identities/identities.js';
import { patientHmac } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { patientTest } from '../identities/one-patient.js';
import { namespacesMeet, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { OrderKey } from './order-keys.js';
import type { NewOrder } from './new-order.js';

/** SQL that is true for an order that knows its accession number as one that was taken from its order number. */
export const bearsTakenBack = (orderId: string): string =>
  `EXISTS (SELECT 1 FROM order_key t WHERE t.order_id = ${orderId} AND t.kind = 'taken-back-accession')`;

/** Of these orders those whose accession number, where they have one, was not taken from their order number. */
export async function withoutTakenBack(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT id FROM unnest($1::uuid[]) WITH ORDINALITY AS o (id, place) WHERE NOT ${bearsTakenBack('o.id')}
     ORDER BY place`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** What a message says of an order, with the keys by which it lets that be known. */
export interface Said {
  readonly order: NewOrder;
  readonly keys: readonly OrderKey[];
  /** It states a number that was taken from this order. */
  readonly takenFrom?: string | undefined;
}

/**
 * A message that states an accession number under an order number from which another one had taken it does not give it
 * back, unless it corrects the order itself: what it says is of an order of its own, which holds no study of another patient.
 */
export async function asTakenBack(tx: Tx, vault: IdentityVault, { order, keys }: Said): Promise<Said> {
  const filler = keys.find(({ kind }) => kind === 'filler');
  const number = filler ?? keys.find(({ kind }) => kind === 'placer');
  const accessions = keys.flatMap((key) => (key.kind === 'accession' ? [key.number] : []));
  if (order.isChange || !number || accessions.length === 0) return { order, keys };
  const former = await rowsOf<{ id: string; number: string; patientHmac: string | null }>(
    tx,
    `SELECT o.id, k.number, o.patient_hmac AS "patientHmac" FROM order_key n JOIN study_order o ON o.id = n.order_id
       JOIN order_key k ON k.order_id = o.id AND k.kind = 'former-accession'
     WHERE n.kind = $1 AND n.number = $2 AND ${namespacesMeet('n.namespace', '$3::text')} AND n.authority = $4
       AND o.test_only = $5 AND k.number = ANY($6)
     ORDER BY o.created_at DESC, o.id DESC`,
    [number.kind, number.number, number.namespace, order.authority, order.testOnly ?? false, accessions],
  );
  const patient = patientHmac(vault, order.identity);
  const patients = former.map((each) => each.patientHmac);
  const isOurs = patient ? await patientTest(tx, order.feedId, patient, patients) : () => true;
  const ours = former.filter((each) => each.patientHmac === null || isOurs(each.patientHmac));
  const taken = new Set(ours.map((each) => each.number));
  if (!accessions.every((each) => taken.has(each))) return { order, keys };
  const asTaken = (key: OrderKey): OrderKey =>
    key.kind === 'accession' ? { ...key, kind: 'taken-back-accession' } : key;
  const takenFrom = ours[0]?.id;
  return { order: { ...order, identity: asPossible(order.identity) }, keys: keys.map(asTaken), takenFrom };
}

/** An identity whose accession numbers are asked for, and are those of images of its own patient alone. */
export function asPossible({
  accessionNumber,
  issuerOfAccessionNumber,
  accessions,
  ...rest
}: KeptIdentity): KeptIdentity {
  const one = accessionNumber ? [{ value: accessionNumber, issuer: issuerOfAccessionNumber }] : [];
  const all = accessions ?? one;
  return { ...rest, accessions: all.map((each) => ({ ...each, source: 'possible' as const })) };
}

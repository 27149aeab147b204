import { openIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { patientTest } from '../identities/one-patient.js';
import { namespacesMeet, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { withoutAccessions } from './identity-after.js';
import type { OrderKey } from './order-keys.js';
import { bearsNumber, formerKeysOf } from './order-keys.js';
import type { OrderRow } from './order.entity.js';
import type { NewOrder } from './new-order.js';

type Candidate = Pick<
  OrderRow,
  'id' | 'state' | 'patientHmac' | 'procedureCode' | 'studyInstanceUids' | 'identityId'
> & {
  /** It bears the number of the message. */
  readonly filler: boolean;
  readonly placer: boolean;
  /** It bears a number of that kind. */
  readonly hasFiller: boolean;
  readonly hasPlacer: boolean;
};

/**
 * The order whose accession number a message corrects: one that changes an order (ORC-1 XO), states a placer and a filler
 * number that one order alone bears, and nothing that says it speaks of a second procedure (requested procedure id, else
 * procedure code; Study Instance UID; patient). Everything else is another procedure, as one that is cancelled is. An
 * order that was told of by its placer number here and its filler number there stands twice, and is corrected twice.
 */
export async function correctedOrders(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  keys: readonly OrderKey[],
  patientHmac: string | undefined,
): Promise<string[]> {
  const numbers = keys.filter(({ kind }) => kind === 'filler' || kind === 'placer');
  if (numbers.length < 2 || !keys.some(({ kind }) => kind === 'accession')) return [];
  const candidates = await ordersUnder(tx, numbers, order);
  const byFiller = candidates.filter(({ filler, placer, hasPlacer }) => filler && (placer || !hasPlacer));
  const byPlacer = candidates.filter(({ placer, hasFiller }) => placer && !hasFiller);
  const isSeveral = candidates.filter(({ filler }) => filler).length > 1 || byPlacer.length > 1;
  const meant = [...byFiller, ...byPlacer];
  if (isSeveral || meant.some(({ state }) => state === 'cancelled')) return [];
  for (const one of meant) {
    const { patientHmac: before } = one;
    const isOfAnother =
      patientHmac && before && !(await patientTest(tx, order.feedId, patientHmac, [before]))(before);
    if (isOfAnother || !(await isOneProcedure(tx, vault, one, order))) return [];
  }
  return meant.map(({ id }) => id);
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

async function isOneProcedure(
  tx: Tx,
  vault: IdentityVault,
  { identityId, procedureCode, studyInstanceUids }: Candidate,
  order: NewOrder,
): Promise<boolean> {
  const stated = order.studyInstanceUids ?? [];
  const areOthers = stated.length > 0 && studyInstanceUids.length > 0;
  if (areOthers && !stated.some((uid) => studyInstanceUids.includes(uid))) return false;
  const before = (identityId && (await openIdentity(tx, vault, identityId))) || {};
  const [was, is] = [before.requestedProcedureId, order.identity.requestedProcedureId];
  if (was && is) return was === is;
  return !procedureCode || !order.procedureCode || procedureCode.value === order.procedureCode.value;
}

function ordersUnder(
  tx: Tx,
  numbers: readonly OrderKey[],
  { authority, testOnly }: NewOrder,
): Promise<Candidate[]> {
  return rowsOf<Candidate>(
    tx,
    `SELECT o.id, o.state, o.patient_hmac AS "patientHmac", o.procedure_code AS "procedureCode",
       o.study_instance_uids AS "studyInstanceUids", o.identity_id AS "identityId",
       bool_or(k.kind = 'filler') AS filler, bool_or(k.kind = 'placer') AS placer,
       ${bearsNumber('o.id', 'filler')} AS "hasFiller", ${bearsNumber('o.id', 'placer')} AS "hasPlacer"
     FROM order_key k JOIN unnest($1::text[], $2::text[], $3::text[]) AS a (kind, number, namespace)
         ON a.kind = k.kind AND a.number = k.number AND ${namespacesMeet('a.namespace', 'k.namespace')}
       JOIN study_order o ON o.id = k.order_id
     WHERE k.authority = $4 AND o.test_only = $5 GROUP BY o.id`,
    [
      numbers.map(({ kind }) => kind),
      numbers.map(({ number }) => number),
      numbers.map(({ namespace }) => namespace),
      authority,
      testOnly ?? false,
    ],
  );
}

import { openIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { patientTest } from '../identities/one-patient.js';
import { namespacesMeet, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { NewOrder } from './new-order.js';
import type { OrderKey } from './order-keys.js';
import { bearsNumber } from './order-keys.js';
import type { OrderRow } from './order.entity.js';
import { isSpent, spentAfterDays } from './spent.js';

/** An order that bears the filler or the placer number of a message. */
export type OrderUnder = Pick<
  OrderRow,
  'id' | 'state' | 'patientHmac' | 'procedureCode' | 'studyInstanceUids' | 'identityId'
> & {
  /** It bears the number of the message. */
  readonly filler: boolean;
  readonly placer: boolean;
  /** It bears a number of that kind. */
  readonly hasFiller: boolean;
  readonly hasPlacer: boolean;
  /** It is over for so long that its numbers may be another's. */
  readonly isSpent: boolean;
};

/** The orders that bear the filler or the placer number of a message, within its authority; oldest first. */
export async function ordersUnder(
  tx: Tx,
  numbers: readonly OrderKey[],
  { authority, testOnly, among }: Pick<NewOrder, 'authority' | 'testOnly' | 'among'>,
): Promise<OrderUnder[]> {
  const all = await rowsOf<OrderUnder>(
    tx,
    `SELECT o.id, o.state, o.patient_hmac AS "patientHmac", o.procedure_code AS "procedureCode",
       o.study_instance_uids AS "studyInstanceUids", o.identity_id AS "identityId",
       ${isSpent('$6')} AS "isSpent", bool_or(k.kind = 'filler') AS filler, bool_or(k.kind = 'placer') AS placer,
       ${bearsNumber('o.id', 'filler')} AS "hasFiller", ${bearsNumber('o.id', 'placer')} AS "hasPlacer"
     FROM order_key k JOIN unnest($1::text[], $2::text[], $3::text[]) AS a (kind, number, namespace)
         ON a.kind = k.kind AND a.number = k.number AND ${namespacesMeet('a.namespace', 'k.namespace')}
       JOIN study_order o ON o.id = k.order_id
     WHERE k.authority = $4 AND o.test_only = $5 GROUP BY o.id ORDER BY o.created_at, o.id`,
    [
      numbers.map(({ kind }) => kind),
      numbers.map(({ number }) => number),
      numbers.map(({ namespace }) => namespace),
      authority,
      testOnly ?? false,
      spentAfterDays,
    ],
  );
  return all.filter(({ id }) => among?.has(id) ?? true);
}

/**
 * Whether nothing says that a message under the numbers of an order speaks of another patient or a second procedure
 * (requested procedure id, else procedure code; Study Instance UID).
 */
export async function isOneProcedure(
  tx: Tx,
  vault: IdentityVault,
  known: OrderUnder,
  order: NewOrder,
  patientHmac: string | undefined,
): Promise<boolean> {
  const { patientHmac: before } = known;
  if (patientHmac && before && !(await patientTest(tx, order.feedId, patientHmac, [before]))(before))
    return false;
  return areOneProcedure(await procedureOf(tx, vault, known), {
    requestedProcedureId: order.identity.requestedProcedureId,
    procedureCode: order.procedureCode ?? null,
    studyInstanceUids: order.studyInstanceUids ?? [],
  });
}

/** What is said of a procedure, by which it may be told from a second one. */
export interface SaidOfProcedure {
  readonly requestedProcedureId: string | undefined;
  readonly procedureCode: OrderRow['procedureCode'];
  readonly studyInstanceUids: readonly string[];
}

/** What messages said of the procedure of an order. */
export async function procedureOf(
  tx: Tx,
  vault: IdentityVault,
  { identityId, procedureCode, studyInstanceUids }: OrderUnder,
): Promise<SaidOfProcedure> {
  const said = (identityId && (await openIdentity(tx, vault, identityId))) || {};
  return { requestedProcedureId: said.requestedProcedureId, procedureCode, studyInstanceUids };
}

/** Whether nothing that is said of both says that they are two. */
export function areOneProcedure(one: SaidOfProcedure, other: SaidOfProcedure): boolean {
  const [mine, its] = [one.studyInstanceUids, other.studyInstanceUids];
  if (mine.length > 0 && its.length > 0 && !mine.some((uid) => its.includes(uid))) return false;
  const [was, is] = [one.requestedProcedureId, other.requestedProcedureId];
  if (was && is) return was === is;
  return !one.procedureCode || !other.procedureCode || one.procedureCode.value === other.procedureCode.value;
}

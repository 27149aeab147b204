import type { Identities } from '../identities/identities.js';
import type { Patients } from '../identities/patients.js';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import type { NewOrder } from './new-order.js';
import type { Numbers } from './numbers.js';
import { withoutAccessions } from './order-identities.js';
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

/** What is said of a procedure, by which it may be told from a second one. */
export interface SaidOfProcedure {
  readonly requestedProcedureId: string | undefined;
  readonly procedureCode: OrderRow['procedureCode'];
  readonly studyInstanceUids: readonly string[];
}

/** Whether a message under the numbers of an order speaks of the same procedure, or corrects it. */
export class Procedures {
  constructor(
    private readonly sql: Statements,
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly numbers: Numbers,
  ) {}

  /** The orders that bear the filler or the placer number of a message, within its authority; oldest first. */
  async ordersUnder(
    numbers: readonly OrderKey[],
    { authority, testOnly, among }: Pick<NewOrder, 'authority' | 'testOnly' | 'among'>,
  ): Promise<OrderUnder[]> {
    const all = await this.sql.rows<OrderUnder>(
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
  async isOne(known: OrderUnder, order: NewOrder, patientHmac: string | undefined): Promise<boolean> {
    const { patientHmac: before } = known;
    if (patientHmac && before && !(await this.patients.test(order.feedId, patientHmac, [before]))(before))
      return false;
    return areOneProcedure(await this.of(known), {
      requestedProcedureId: order.identity.requestedProcedureId,
      procedureCode: order.procedureCode ?? null,
      studyInstanceUids: order.studyInstanceUids ?? [],
    });
  }

  /** What messages said of the procedure of an order. */
  async of({ identityId, procedureCode, studyInstanceUids }: OrderUnder): Promise<SaidOfProcedure> {
    const said = (identityId && (await this.identities.open(identityId))) || {};
    return { requestedProcedureId: said.requestedProcedureId, procedureCode, studyInstanceUids };
  }

  /**
   * The order whose accession number a message corrects: one that changes an order (ORC-1 XO), states a placer and a filler
   * number that one order alone bears, and nothing that says it speaks of a second procedure. Everything else is another
   * procedure, as one that is cancelled is.
   */
  async correctedOrder(
    order: NewOrder,
    keys: readonly OrderKey[],
    patientHmac: string | undefined,
  ): Promise<string | undefined> {
    const numbers = keys.filter(({ kind }) => kind === 'filler' || kind === 'placer');
    if (numbers.length < 2 || !keys.some(({ kind }) => kind === 'accession')) return undefined;
    const candidates = await this.ordersUnder(numbers, order);
    const byFiller = candidates.filter(({ filler }) => filler);
    const byPlacer = candidates.filter(({ placer, hasFiller }) => placer && !hasFiller);
    // Beside one that bears both, no other of the placer number is meant.
    const byBoth = byFiller.filter(({ placer }) => placer);
    const byOne = [...byFiller.filter(({ hasPlacer }) => !hasPlacer), ...byPlacer];
    const [one, ...others] = byBoth.length > 0 ? byBoth : byOne;
    if (!one || others.length > 0 || byFiller.length > 1 || one.state === 'cancelled') return undefined;
    return (await this.isOne(one, order, patientHmac)) ? one.id : undefined;
  }

  /**
   * What a message says of an order, but for accession numbers that the order bore before it was corrected, whose HMACs
   * are given apart: only a message that corrects it once more gives one back.
   */
  async withoutFormer(
    id: string,
    { order, keys }: { readonly order: NewOrder; readonly keys: readonly OrderKey[] },
  ): Promise<{ order: NewOrder; keys: readonly OrderKey[]; former: readonly string[] }> {
    const numbers = new Set((await this.numbers.formerOf(id)).map(({ number }) => number));
    const isFormer = ({ kind, number }: OrderKey) => kind === 'accession' && numbers.has(number);
    const former = keys.filter(isFormer).map(({ number }) => number);
    if (former.length === 0) return { order, keys, former };
    const identity = withoutAccessions(order.identity);
    return { order: { ...order, identity }, keys: keys.filter((key) => !isFormer(key)), former };
  }
}

/** Whether nothing that is said of both says that they are two. */
export function areOneProcedure(one: SaidOfProcedure, other: SaidOfProcedure): boolean {
  const [mine, its] = [one.studyInstanceUids, other.studyInstanceUids];
  if (mine.length > 0 && its.length > 0 && !mine.some((uid) => its.includes(uid))) return false;
  const [was, is] = [one.requestedProcedureId, other.requestedProcedureId];
  if (was && is) return was === is;
  return !one.procedureCode || !other.procedureCode || one.procedureCode.value === other.procedureCode.value;
}

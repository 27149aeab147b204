import type { ReadingState } from '@prelector/findings';
import type { Events } from '../events/events.js';
import type { Identities } from '../identities/identities.js';
import { patientHmac } from '../identities/identities.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import type { NewOrder } from './new-order.js';
import { further, isReported } from './new-order.js';
import type { Numbers } from './numbers.js';
import type { OrderIdentities } from './order-identities.js';
import { withFormerAccessions } from './order-identities.js';
import type { OrderKey } from './order-keys.js';
import { OrderRow } from './order.entity.js';
import type { Orders } from './orders.js';
import { namedByPerson } from './orders.js';
import type { OrderUnder, Procedures } from './procedures.js';
import { areOneProcedure } from './procedures.js';
import type { Recognition } from './recognition.js';

/** Two rows of one order, the older first. */
export interface OneOrder {
  readonly kept: string;
  readonly given: string;
  /** The one of which the message says that its accession number was wrong, where the other bears the right one. */
  readonly corrected: ReadonlySet<string>;
}

const latest = (one: Date | null, other: Date | null): Date | null =>
  one && other ? (one > other ? one : other) : (one ?? other);

/** The first of these that one of both is in. */
const byWeight: readonly OrderRow['state'][] = ['held', 'arrived', 'announced', 'never-arrived', 'unusable'];

/** Orders that stand twice, and are made one. */
export class UnitedOrders {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly steps: Steps,
    private readonly identities: Identities,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
    private readonly recognition: Recognition,
    private readonly procedures: Procedures,
    private readonly orderIdentities: OrderIdentities,
  ) {}

  /**
   * An order that a RIS placed by its placer number and a modality told of by its filler number stands twice, until a
   * message states both numbers: that says that it is one. Not where anything speaks for two: another patient, procedure,
   * study, or accession number that the message does not correct; nor where one of both is over for so long that its
   * number may be another's.
   */
  async standingTwice(order: NewOrder, keys: readonly OrderKey[]): Promise<OneOrder | undefined> {
    const numbers = keys.filter(({ kind }) => kind === 'filler' || kind === 'placer');
    if (numbers.length < 2) return undefined;
    const candidates = await this.procedures.ordersUnder(numbers, order);
    const byFiller = candidates.filter(({ filler }) => filler);
    const [filled] = byFiller;
    if (!filled || byFiller.length > 1 || filled.hasPlacer) return undefined;
    const placed = await this.#onlyOf(
      filled,
      candidates.filter(({ placer, hasFiller }) => placer && !hasFiller),
    );
    if (!placed) return undefined;
    const pair = candidates.filter((each) => each === filled || each === placed);
    if (pair.some(({ isSpent }) => isSpent)) return undefined;
    const patient = patientHmac(this.sql.vault, order.identity);
    for (const each of pair) if (!(await this.procedures.isOne(each, order, patient))) return undefined;
    const [one, other] = [await this.procedures.of(filled), await this.procedures.of(placed)];
    if (!areOneProcedure(one, other) || !(await this.recognition.areOfOnePatient(order, pair)))
      return undefined;
    const corrected = await this.#correctedBy(order, keys, pair);
    const [kept, given] = pair;
    return corrected && kept && given ? { kept: kept.id, given: given.id, corrected } : undefined;
  }

  /** Of several procedures under one placer number the only one that bears an accession number of the order. */
  async #onlyOf({ id }: OrderUnder, byPlacer: readonly OrderUnder[]): Promise<OrderUnder | undefined> {
    if (byPlacer.length < 2) return byPlacer[0];
    const own = (await this.numbers.accessionsOf([id])).map(({ number }) => number);
    const bearing: OrderUnder[] = [];
    for (const each of byPlacer) {
      const its = await this.numbers.accessionsOf([each.id]);
      if (its.some(({ number }) => own.includes(number))) bearing.push(each);
    }
    return bearing.length === 1 ? bearing[0] : undefined;
  }

  /**
   * The order of the pair whose accession number the message corrects to that of the other; undefined where they are of
   * two procedures.
   */
  async #correctedBy(
    { isChange = false, deletesAccession = false }: NewOrder,
    keys: readonly OrderKey[],
    pair: readonly OrderUnder[],
  ): Promise<ReadonlySet<string> | undefined> {
    const stated = keys.filter(({ kind }) => kind === 'accession').map(({ number }) => number);
    const mayCorrect = isChange && !deletesAccession && stated.length > 0;
    const corrected = new Set<string>();
    const all: string[][] = [];
    for (const { id } of pair) {
      const own = (await this.numbers.accessionsOf([id])).map(({ number }) => number);
      const borne = [...own, ...(await this.numbers.formerOf(id)).map(({ number }) => number)];
      if (own.length > 0) all.push(own);
      const isOther = own.length > 0 && stated.length > 0 && !borne.some((each) => stated.includes(each));
      if (isOther && !mayCorrect) return undefined;
      if (!own.some((each) => stated.includes(each))) corrected.add(id);
    }
    // Where neither bears the right number, the one that both are is corrected as any other.
    if (!mayCorrect || corrected.size === pair.length) corrected.clear();
    // An order that is cancelled is over: what comes under another number is a procedure of its own.
    if (pair.some(({ id, state }) => state === 'cancelled' && corrected.has(id))) return undefined;
    const [one, other] = all;
    const agree = !one || !other || one.some((each) => other.includes(each));
    return agree || mayCorrect ? corrected : undefined;
  }

  /**
   * Makes one order of one that stands twice, see {@link UnitedOrders.standingTwice}: what was said of either is said of the older,
   * and the other is gone. The caller holds the locks of both and of their numbers.
   */
  async unite(
    { kept, given, corrected }: OneOrder,
    { who, why }: Pick<NewOrder, 'who' | 'why'>,
  ): Promise<void> {
    const [one, other] = (await this.orders.byIds([kept, given])) as [OrderRow, OrderRow];
    for (const each of [one, other])
      if (corrected.has(each.id))
        await this.numbers.retireAccessions(each.id, { isReported: isReported(each.readingState) });
    const said = (other.identityId && (await this.identities.open(other.identityId))) || {};
    const identity = corrected.has(other.id) ? withFormerAccessions(said) : said;
    const { state, stateReason, cancelledAt } = standing(one, other);
    const { readingState, readingAt } = reading(one, other);
    const change: Partial<OrderRow> = {
      state,
      stateReason,
      cancelledAt,
      studyInstanceUids: [...new Set([...one.studyInstanceUids, ...other.studyInstanceUids])],
      setAside: [...new Set([...one.setAside, ...other.setAside])],
      priority: Math.min(one.priority, other.priority),
      modality: other.modality ?? one.modality,
      procedureCode: one.procedureCode ?? other.procedureCode,
      expectedInstances: other.expectedInstances ?? one.expectedInstances,
      acquisitionEnded: one.acquisitionEnded || other.acquisitionEnded,
      readingState,
      readingAt,
      withdrawnAt: latest(one.withdrawnAt, other.withdrawnAt),
      giveUpAt: latest(one.giveUpAt, other.giveUpAt),
      placedAt: latest(one.placedAt, other.placedAt),
      correctsAt: latest(one.correctsAt, other.correctsAt),
      formerPatients: [...new Set([...one.formerPatients, ...other.formerPatients])],
      updatedAt: this.sql.now(),
    };
    const before = Object.assign(one, change);
    const patient = await this.orderIdentities.after(before, { identity, who, why }, corrected.has(one.id));
    await this.sql.update(OrderRow, { id: kept }, { ...change, ...patient });
    await this.#giveAway(kept, given);
    await this.events.record({
      who,
      what: 'became one with another order',
      subjectKind: 'order',
      subjectId: kept,
      after: { order: given },
      why,
    });
    if (before.acquisitionEnded && ['announced', 'held'].includes(before.state))
      await this.steps.schedule({ step: 'resolve', rowId: kept, priority: before.priority, restart: true });
  }

  /** All that is known by the one order is known by the other, which alone is left. */
  async #giveAway(kept: string, given: string): Promise<void> {
    await this.numbers.moveOfOrder(given, kept);
    await this.sql.rows(
      `WITH j AS (DELETE FROM order_study WHERE order_id = $2 RETURNING *)
       INSERT INTO order_study (order_id, study_id, how, is_foreign, was_own)
       SELECT $1, study_id, how, is_foreign, was_own FROM j ON CONFLICT (order_id, study_id) DO UPDATE
         SET how = CASE excluded.how WHEN $3 THEN $3 ELSE order_study.how END,
           was_own = order_study.was_own OR excluded.was_own`,
      [kept, given, namedByPerson],
    );
    await this.sql.rows(
      `WITH s AS (DELETE FROM notice_subject WHERE subject_id = $2 RETURNING *)
       INSERT INTO notice_subject (notice_id, kind, subject_id) SELECT notice_id, kind, $1 FROM s ON CONFLICT DO NOTHING`,
      [kept, given],
    );
    await this.sql.rows(`DELETE FROM study_order WHERE id = $1 RETURNING id`, [given]);
  }
}

/** The state of both; a cancellation of either is of what was not placed since, see `areAllCancelled`. */
function standing(one: OrderRow, other: OrderRow): Pick<OrderRow, 'state' | 'stateReason' | 'cancelledAt'> {
  const pair = [one, other];
  const cancelled = pair.filter(({ state }) => state === 'cancelled');
  const alive = pair.filter(({ state }) => state !== 'cancelled');
  const cancelledAt = cancelled.reduce<Date | null>((last, each) => latest(last, each.cancelledAt), null);
  const isAlive = ({ placedAt }: OrderRow) =>
    placedAt !== null && cancelledAt !== null && placedAt > cancelledAt;
  const counting = cancelled.length > 0 && !alive.some(isAlive) ? cancelled : alive;
  const first = byWeight.flatMap((state) => counting.filter((each) => each.state === state))[0];
  const { state, stateReason } = first ?? counting[0] ?? one;
  return { state, stateReason, cancelledAt };
}

/** The further of what both say of the report, but for one that was withdrawn since by the number of the other. */
function reading(one: OrderRow, other: OrderRow): Pick<OrderRow, 'readingState' | 'readingAt'> {
  const withdrawnAt = latest(one.withdrawnAt, other.withdrawnAt);
  const isGone = ({ readingState, readingAt }: OrderRow) =>
    isReported(readingState) && withdrawnAt !== null && readingAt !== null && readingAt < withdrawnAt;
  const [first, second] = [one, other].map((each) => (isGone(each) ? 'unread' : each.readingState)) as [
    ReadingState,
    ReadingState,
  ];
  return { readingState: further(first, second), readingAt: latest(one.readingAt, other.readingAt) };
}

import type { ReadingState } from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { openIdentity, patientHmac } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { rowsOf } from '../sql.js';
import { scheduleStep } from '../steps/schedule-step.js';
import type { Tx } from '../tx.js';
import { identityAfter, withFormerAccessions } from './identity-after.js';
import { areOfOnePatient } from './known-orders.js';
import type { NewOrder } from './new-order.js';
import { further, isReported } from './new-order.js';
import type { OrderKey } from './order-keys.js';
import { accessionKeysOf, formerKeysOf } from './borne-numbers.js';
import { moveOrderKeys, retireAccessions } from './order-keys.js';
import { OrderRow } from './order.entity.js';
import { namedByPerson, ordersById } from './orders.js';
import type { OrderUnder } from './orders-under.js';
import { areOneProcedure, isOneProcedure, ordersUnder, procedureOf } from './orders-under.js';

/** Two rows of one order, the older first. */
export interface OneOrder {
  readonly kept: string;
  readonly given: string;
  /** The one of which the message says that its accession number was wrong, where the other bears the right one. */
  readonly corrected: ReadonlySet<string>;
}

/**
 * An order that a RIS placed by its placer number and a modality told of by its filler number stands twice, until a
 * message states both numbers: that says that it is one. Not where anything speaks for two: another patient, procedure,
 * study, or accession number that the message does not correct; nor where one of both is over for so long that its
 * number may be another's.
 */
export async function standingTwice(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  keys: readonly OrderKey[],
): Promise<OneOrder | undefined> {
  const numbers = keys.filter(({ kind }) => kind === 'filler' || kind === 'placer');
  if (numbers.length < 2) return undefined;
  const candidates = await ordersUnder(tx, numbers, order);
  const byFiller = candidates.filter(({ filler }) => filler);
  const [filled] = byFiller;
  if (!filled || byFiller.length > 1 || filled.hasPlacer) return undefined;
  const placed = await onlyOf(
    tx,
    filled,
    candidates.filter(({ placer, hasFiller }) => placer && !hasFiller),
  );
  if (!placed) return undefined;
  const pair = candidates.filter((each) => each === filled || each === placed);
  if (pair.some(({ isSpent }) => isSpent)) return undefined;
  const patient = patientHmac(vault, order.identity);
  for (const each of pair) if (!(await isOneProcedure(tx, vault, each, order, patient))) return undefined;
  const [one, other] = [await procedureOf(tx, vault, filled), await procedureOf(tx, vault, placed)];
  if (!areOneProcedure(one, other) || !(await areOfOnePatient(tx, order, pair))) return undefined;
  const corrected = await correctedBy(tx, order, keys, pair);
  const [kept, given] = pair;
  return corrected && kept && given ? { kept: kept.id, given: given.id, corrected } : undefined;
}

/** Of several procedures under one placer number the only one that bears an accession number of the order. */
async function onlyOf(
  tx: Tx,
  { id }: OrderUnder,
  byPlacer: readonly OrderUnder[],
): Promise<OrderUnder | undefined> {
  if (byPlacer.length < 2) return byPlacer[0];
  const own = (await accessionKeysOf(tx, [id])).map(({ number }) => number);
  const bearing: OrderUnder[] = [];
  for (const each of byPlacer) {
    const its = await accessionKeysOf(tx, [each.id]);
    if (its.some(({ number }) => own.includes(number))) bearing.push(each);
  }
  return bearing.length === 1 ? bearing[0] : undefined;
}

/**
 * The order of the pair whose accession number the message corrects to that of the other; undefined where they are of
 * two procedures.
 */
async function correctedBy(
  tx: Tx,
  { isChange = false, deletesAccession = false }: NewOrder,
  keys: readonly OrderKey[],
  pair: readonly OrderUnder[],
): Promise<ReadonlySet<string> | undefined> {
  const stated = keys.filter(({ kind }) => kind === 'accession').map(({ number }) => number);
  const mayCorrect = isChange && !deletesAccession && stated.length > 0;
  const corrected = new Set<string>();
  const all: string[][] = [];
  for (const { id } of pair) {
    const own = (await accessionKeysOf(tx, [id])).map(({ number }) => number);
    const borne = [...own, ...(await formerKeysOf(tx, id)).map(({ number }) => number)];
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
 * Makes one order of one that stands twice, see {@link standingTwice}: what was said of either is said of the older,
 * and the other is gone. The caller holds the locks of both and of their numbers.
 */
export async function unite(
  tx: Tx,
  vault: IdentityVault,
  { kept, given, corrected }: OneOrder,
  { who, why }: Pick<NewOrder, 'who' | 'why'>,
): Promise<void> {
  const [one, other] = (await ordersById(tx, [kept, given])) as [OrderRow, OrderRow];
  for (const each of [one, other])
    if (corrected.has(each.id))
      await retireAccessions(tx, each.id, { isReported: isReported(each.readingState) });
  const said = (other.identityId && (await openIdentity(tx, vault, other.identityId))) || {};
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
    updatedAt: nowOf(tx),
  };
  const before = Object.assign(one, change);
  const patient = await identityAfter(tx, vault, before, { identity, who, why }, corrected.has(one.id));
  await tx.update(OrderRow, { id: kept }, { ...change, ...patient });
  await giveAway(tx, kept, given);
  await recordEvent(tx, {
    who,
    what: 'became one with another order',
    subjectKind: 'order',
    subjectId: kept,
    after: { order: given },
    why,
  });
  if (before.acquisitionEnded && ['announced', 'held'].includes(before.state))
    await scheduleStep(tx, { step: 'resolve', rowId: kept, priority: before.priority, restart: true });
}

const latest = (one: Date | null, other: Date | null): Date | null =>
  one && other ? (one > other ? one : other) : (one ?? other);

/** The first of these that one of both is in. */
const byWeight: readonly OrderRow['state'][] = ['held', 'arrived', 'announced', 'never-arrived', 'unusable'];

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

/** All that is known by the one order is known by the other, which alone is left. */
async function giveAway(tx: Tx, kept: string, given: string): Promise<void> {
  await moveOrderKeys(tx, given, kept);
  await rowsOf(
    tx,
    `WITH j AS (DELETE FROM order_study WHERE order_id = $2 RETURNING *)
     INSERT INTO order_study (order_id, study_id, how, is_foreign, was_own)
     SELECT $1, study_id, how, is_foreign, was_own FROM j ON CONFLICT (order_id, study_id) DO UPDATE
       SET how = CASE excluded.how WHEN $3 THEN $3 ELSE order_study.how END,
         was_own = order_study.was_own OR excluded.was_own`,
    [kept, given, namedByPerson],
  );
  await rowsOf(
    tx,
    `WITH s AS (DELETE FROM notice_subject WHERE subject_id = $2 RETURNING *)
     INSERT INTO notice_subject (notice_id, kind, subject_id) SELECT notice_id, kind, $1 FROM s ON CONFLICT DO NOTHING`,
    [kept, given],
  );
  await rowsOf(tx, `DELETE FROM study_order WHERE id = $1 RETURNING id`, [given]);
}

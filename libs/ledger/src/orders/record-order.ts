import { limits } from '@prelector/kernel';
import { In } from 'typeorm';
import { nowOf } from '../database-clock.js';
import { ledgerError } from '../errors.js';
import { recordEvent } from '../events/record-event.js';
import { accessionsOf } from '../identities/accession-numbers.js';
import { patientHmac, patientKeys, storeIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { lockOrders } from '../lock-in-order.js';
import { insertRow, lockRow } from '../sql.js';
import type { Tx } from '../tx.js';
import { correctedOrder, withoutFormer } from './corrected-order.js';
import { identityAfter } from './identity-after.js';
import type { KnownOrders } from './known-orders.js';
import { knownOrders } from './known-orders.js';
import type { OrderKey, OrderNumbers } from './order-keys.js';
import { accessionKeysOf, bearsBoth } from './borne-numbers.js';
import { keepOrderKeys, keepReportedUnder, lockNumbers, orderKeys, retireAccessions } from './order-keys.js';
import type { NewOrder } from './new-order.js';
import { further, isPlaced, isReported, mayCorrect } from './new-order.js';
import { heardOf, orderRow } from './order-row.js';
import { OrderRow } from './order.entity.js';
import { ordersById } from './orders.js';
import { narrowedByStudy, setAsideKeys } from './set-aside.js';
import { standingTwice, unite } from './unite-orders.js';

export interface RecordedOrder {
  readonly order: OrderRow;
  readonly created: boolean;
  /** Further procedures that the message speaks of, because its number is theirs as well. */
  readonly others: readonly OrderRow[];
  /** Ids of those whose procedure code is another one than before. */
  readonly recoded: readonly string[];
  /** It stood twice until this message: the order that is there no more. */
  readonly united?: string | undefined;
  /** Its accession number is another one than before, or none. */
  readonly isCorrected?: boolean;
  /** With the studies of the message it would name more than an order may: nothing of the message was kept. */
  readonly isOverfull?: boolean;
  /** Which of these orders the message means cannot be told: nothing of it was kept. */
  readonly isUnclear?: boolean;
}

/**
 * Keeps what a message says of an order. The same order is known again as `knownOrders` says, within its authority; safe
 * when several say so at once, because they wait for the numbers that they state.
 * One order number with several accession numbers is several procedures, and a message that states the
 * number alone speaks of them all; so does one that states nothing but the accession number of several orders.
 */
export async function recordOrder(tx: Tx, vault: IdentityVault, order: NewOrder): Promise<RecordedOrder> {
  const keys = orderKeys(vault, numbersOf(order));
  if (keys.length === 0) throw ledgerError('ledger.order-without-number');
  await lockNumbers(tx, keys);
  const twice = await standingTwice(tx, vault, order, keys);
  const united = twice?.given;
  if (twice) await unite(tx, vault, twice, order);
  const found = await ordersMeant(tx, vault, order, keys);
  const meant = await narrowedByStudy(tx, found.known, order);
  if (meant.kind === 'unclear') {
    const [row, ...rows] = await ordersById(tx, found.known);
    return { order: row as OrderRow, created: false, others: rows, recoded: [], united, isUnclear: true };
  }
  const [first, ...rest] = meant.ids;
  if (first === undefined) {
    const created = await createOrder(tx, vault, order, { keys });
    return { order: created, created: true, others: [], recoded: [], united };
  }
  const overfull = await overfullOf(tx, meant.ids, order.studyInstanceUids ?? []);
  if (overfull) return { order: overfull, created: false, others: [], recoded: [], united, isOverfull: true };
  const said = found.isByPossible ? { order: withoutNumbers(order), keys: [] } : { order, keys };
  const { isCorrected, heardAlone } = found;
  const known = await amend(tx, vault, first, { ...said, isCorrected, heardAlone });
  const others: Amended[] = [];
  for (const id of rest) others.push(await amend(tx, vault, id, { ...said, isCorrected }));
  const recoded = [known, ...others].flatMap(({ row, isRecoded }) => (isRecoded ? [row.id] : []));
  const rows = others.map((each) => each.row);
  const isAnother = isCorrected || (twice?.corrected.size ?? 0) > 0;
  return { order: known.row, created: false, others: rows, recoded, isCorrected: isAnother, united };
}

export interface MeantOrders extends KnownOrders {
  /** The message corrects the accession number of the one that it speaks of. */
  readonly isCorrected: boolean;
  /** With that: orders that were heard of by the new number alone, of which this is the one. */
  readonly heardAlone?: readonly string[];
}

/** The orders that a message speaks of, and whether it corrects the accession number of the one that it does. */
export async function ordersMeant(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  keys: readonly OrderKey[],
): Promise<MeantOrders> {
  const patient = patientHmac(vault, order.identity);
  const found = await knownOrders(tx, keys, order, patient);
  if (!order.isChange) return { ...found, isCorrected: false };
  const { known, spent } = found;
  if (order.deletesAccession) return { ...found, isCorrected: known.length === 1 };
  const corrected = spent.length > 0 ? undefined : await correctedOrder(tx, vault, order, keys, patient);
  const borne = corrected ? await accessionKeysOf(tx, [corrected]) : [];
  const isBorne = borne.some(({ number }) => keys.some((key) => key.number === number));
  if (!corrected || isBorne) return { ...found, isCorrected: false };
  return { known: [corrected], spent, isCorrected: true, heardAlone: known.filter((id) => id !== corrected) };
}

/** The first of these orders that would come to name more studies than one may. */
async function overfullOf(
  tx: Tx,
  ids: readonly string[],
  studyInstanceUids: readonly string[],
): Promise<OrderRow | undefined> {
  if (studyInstanceUids.length === 0) return undefined;
  for (const id of ids) {
    const row = await lockRow(tx, OrderRow, id);
    const all = new Set([...row.studyInstanceUids, ...studyInstanceUids]);
    if (all.size > Math.max(limits.hl7StudiesPerOrder, row.studyInstanceUids.length)) return row;
  }
  return undefined;
}

/** What a message says of an order that bears its order number as accession number, which it states already. */
function withoutNumbers(order: NewOrder): NewOrder {
  const {
    accessions: _accessions,
    placerOrderNumber: _placerOrderNumber,
    placerNamespace: _placerNamespace,
    fillerOrderNumber: _fillerOrderNumber,
    fillerNamespace: _fillerNamespace,
    ...identity
  } = order.identity;
  return { ...order, identity };
}

/** Locks the numbers of several orders and of their patients, and the orders that are known by them, before `recordOrder` keeps each. */
export async function lockKnownOrders(
  tx: Tx,
  vault: IdentityVault,
  orders: readonly NewOrder[],
): Promise<void> {
  const stated = orders.map((order) => ({ order, keys: orderKeys(vault, numbersOf(order)) }));
  // A number that is taken away is spoken of as well; locked at once, because only so they come in one order.
  const changed: string[] = [];
  const twice: string[] = [];
  for (const { order, keys } of stated) {
    const { kept, given } = (await standingTwice(tx, vault, order, keys)) ?? {};
    twice.push(...[kept, given].flatMap((id) => id ?? []));
    if (order.isChange) changed.push(...twice, ...(await ordersMeant(tx, vault, order, keys)).known);
  }
  await lockNumbers(tx, [
    ...stated.flatMap(({ keys }) => keys),
    ...(await accessionKeysOf(tx, changed)),
    // A merge of its patient that is being written is judged with it, see `lockMergedPatients`.
    ...orders.flatMap(({ identity }) => patientKeys(vault, identity)),
  ]);
  const ids: string[] = [...twice];
  for (const { order, keys } of stated) {
    const { known, heardAlone = [] } = await ordersMeant(tx, vault, order, keys);
    ids.push(...known, ...heardAlone);
  }
  await lockOrders(tx, ids);
}

/** Everything by which a message lets its order be known. */
export function numbersOf({ identity, studyInstanceUids = [] }: NewOrder): OrderNumbers {
  const { placerOrderNumber, fillerOrderNumber } = identity;
  const accessions = accessionsOf(identity);
  const of = (source: 'stated' | 'possible') =>
    accessions
      .filter((each) => each.source === source)
      .map(({ value, issuer }) => ({ value, namespace: issuer }));
  const number = (value: string | undefined, namespace: string | undefined) =>
    value === undefined ? undefined : { value, namespace };
  return {
    studyInstanceUids,
    accessions: of('stated'),
    possibleAccessions: of('possible'),
    placer: number(placerOrderNumber, identity.placerNamespace),
    filler: number(fillerOrderNumber, identity.fillerNamespace),
  };
}

/** What an order is known by, and why nothing can be done with it, where that is so. */
interface Creation {
  readonly keys: readonly OrderKey[];
  readonly unusable?: string;
}

/** A new order with its keys and identity. */
export async function createOrder(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
  { keys, unusable }: Creation,
): Promise<OrderRow> {
  const identityId = await storeIdentity(tx, vault, order.identity);
  const row = await insertRow(tx, OrderRow, {
    ...orderRow(vault, order, { identityId, keys, now: nowOf(tx) }),
    ...(unusable === undefined ? {} : { state: 'unusable', stateReason: unusable }),
  });
  await keepOrderKeys(tx, row.id, order.authority, keys);
  await recordEvent(tx, heardOf(order, { id: row.id, state: row.state, identityId }));
  return row;
}

interface Amended {
  readonly row: OrderRow;
  /** The message states another procedure code than those before it. */
  readonly isRecoded: boolean;
}

interface Amendment {
  readonly order: NewOrder;
  readonly keys: readonly OrderKey[];
  readonly isCorrected?: boolean;
  readonly heardAlone?: readonly string[] | undefined;
}

async function amend(
  tx: Tx,
  vault: IdentityVault,
  id: string,
  { order: stated, keys: all, isCorrected = false, heardAlone = [] }: Amendment,
): Promise<Amended> {
  const row = await lockRow(tx, OrderRow, id);
  const { order, keys, former } = isCorrected
    ? { order: stated, keys: all, former: [] }
    : await withoutFormer(tx, id, { order: stated, keys: all });
  const isRecoded = order.procedureCode != null && order.procedureCode.value !== row.procedureCode?.value;
  const now = nowOf(tx);
  const heard = await takeUp(tx, heardAlone);
  const before = heard.reduce((state, each) => further(state, each.readingState), row.readingState);
  const readingState = order.withdrawn ? 'unread' : further(before, order.readingState);
  const change: Partial<OrderRow> = {
    studyInstanceUids: [...new Set([...row.studyInstanceUids, ...(order.studyInstanceUids ?? [])])],
    setAside: [...new Set([...row.setAside, ...setAsideKeys(vault, order.setAside)])],
    // Urgent stays urgent: a later message that leaves it out, or is late itself, does not slow it down.
    priority: Math.min(order.priority ?? row.priority, row.priority),
    modality: order.modality ?? row.modality,
    procedureCode: order.procedureCode ?? row.procedureCode,
    expectedInstances: order.expectedInstances ?? row.expectedInstances,
    acquisitionEnded:
      row.acquisitionEnded ||
      (order.acquisitionEnded ?? false) ||
      heard.some((each) => each.acquisitionEnded),
    readingState,
    // Images that come after a report was signed make it no younger.
    readingAt:
      order.withdrawn || order.readingState === readingState || before !== row.readingState
        ? now
        : row.readingAt,
    withdrawnAt: order.withdrawn ? now : row.withdrawnAt,
    giveUpAt: order.giveUpAt ?? row.giveUpAt,
    placedAt: isPlaced(order) ? now : row.placedAt,
    correctsAt: mayCorrect(order, keys) && !(await bearsBoth(tx, id)) ? now : row.correctsAt,
    ...(await identityAfter(tx, vault, row, order, isCorrected)),
    updatedAt: now,
  };
  if (isCorrected) await retireAccessions(tx, id, { isReported: isReported(row.readingState) });
  await keepOrderKeys(tx, id, order.authority, keys);
  if (order.isCancelling || (order.readingState && isReported(order.readingState)))
    await keepReportedUnder(tx, id, former);
  await tx.update(OrderRow, { id }, change);
  return { row: Object.assign(row, change), isRecoded };
}

/**
 * What was heard of an order by its new number alone is said of it from now on, and of nothing else; where it names
 * the studies that it is of, it stays said of these.
 */
async function takeUp(tx: Tx, ids: readonly string[]): Promise<OrderRow[]> {
  if (ids.length === 0) return [];
  const all = await ordersById(tx, ids);
  const rows = all.filter(({ studyInstanceUids }) => studyInstanceUids.length === 0);
  const nothing = { readingState: 'unknown', acquisitionEnded: false } as const;
  await tx.update(OrderRow, { id: In(rows.map(({ id }) => id)) }, nothing);
  return rows;
}

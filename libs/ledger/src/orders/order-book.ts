import { limits } from '@prelector/kernel';
import { In } from 'typeorm';
import { ledgerError } from '../errors.js';
import type { Events } from '../events/events.js';
import { accessionsOf } from '../identities/accession-numbers.js';
import type { Identities } from '../identities/identities.js';
import { patientHmac, patientKeys } from '../identities/identities.js';
import type { Statements } from '../sql.js';
import type { NewOrder } from './new-order.js';
import { further, isPlaced, isReported, mayCorrect } from './new-order.js';
import type { Numbers } from './numbers.js';
import type { OrderIdentities } from './order-identities.js';
import type { OrderKey, OrderNumbers } from './order-keys.js';
import { orderKeys } from './order-keys.js';
import { heardOf, orderRow } from './order-row.js';
import { OrderRow } from './order.entity.js';
import type { Orders } from './orders.js';
import type { Procedures } from './procedures.js';
import type { KnownOrders, Recognition } from './recognition.js';
import { setAsideKeys } from './set-aside.js';
import type { UnitedOrders } from './united-orders.js';

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

export interface MeantOrders extends KnownOrders {
  /** The message corrects the accession number of the one that it speaks of. */
  readonly isCorrected: boolean;
  /** With that: orders that were heard of by the new number alone, of which this is the one. */
  readonly heardAlone?: readonly string[];
}

/** What an order is known by, and why nothing can be done with it, where that is so. */
interface Creation {
  readonly keys: readonly OrderKey[];
  readonly unusable?: string;
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

/** Keeps what messages say of orders. */
export class OrderBook {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly identities: Identities,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
    private readonly recognition: Recognition,
    private readonly procedures: Procedures,
    private readonly orderIdentities: OrderIdentities,
    private readonly unitedOrders: UnitedOrders,
  ) {}

  /**
   * Keeps what a message says of an order. The same order is known again as `recognition.knownOrders` says, within its authority; safe
   * when several say so at once, because they wait for the numbers that they state.
   * One order number with several accession numbers is several procedures, and a message that states the
   * number alone speaks of them all; so does one that states nothing but the accession number of several orders.
   */
  async record(order: NewOrder): Promise<RecordedOrder> {
    const keys = orderKeys(this.sql.vault, numbersOf(order));
    if (keys.length === 0) throw ledgerError('ledger.order-without-number');
    await this.numbers.lock(keys);
    const twice = await this.unitedOrders.standingTwice(order, keys);
    const united = twice?.given;
    if (twice) await this.unitedOrders.unite(twice, order);
    const found = await this.ordersMeant(order, keys);
    const meant = await this.recognition.narrowedByStudy(found.known, order);
    if (meant.kind === 'unclear') {
      const [row, ...rows] = await this.orders.byIds(found.known);
      return { order: row as OrderRow, created: false, others: rows, recoded: [], united, isUnclear: true };
    }
    const [first, ...rest] = meant.ids;
    if (first === undefined) {
      const created = await this.create(order, { keys });
      return { order: created, created: true, others: [], recoded: [], united };
    }
    const overfull = await this.#overfullOf(meant.ids, order.studyInstanceUids ?? []);
    if (overfull)
      return { order: overfull, created: false, others: [], recoded: [], united, isOverfull: true };
    const said = found.isByPossible ? { order: withoutNumbers(order), keys: [] } : { order, keys };
    const { isCorrected, heardAlone } = found;
    const known = await this.#amend(first, { ...said, isCorrected, heardAlone });
    const others: Amended[] = [];
    for (const id of rest) others.push(await this.#amend(id, { ...said, isCorrected }));
    const recoded = [known, ...others].flatMap(({ row, isRecoded }) => (isRecoded ? [row.id] : []));
    const rows = others.map((each) => each.row);
    const isAnother = isCorrected || (twice?.corrected.size ?? 0) > 0;
    return { order: known.row, created: false, others: rows, recoded, isCorrected: isAnother, united };
  }

  /** The orders that a message speaks of, and whether it corrects the accession number of the one that it does. */
  async ordersMeant(order: NewOrder, keys: readonly OrderKey[]): Promise<MeantOrders> {
    const patient = patientHmac(this.sql.vault, order.identity);
    const found = await this.recognition.knownOrders(keys, order, patient);
    if (!order.isChange) return { ...found, isCorrected: false };
    const { known, spent } = found;
    if (order.deletesAccession) return { ...found, isCorrected: known.length === 1 };
    const corrected =
      spent.length > 0 ? undefined : await this.procedures.correctedOrder(order, keys, patient);
    const borne = corrected ? await this.numbers.accessionsOf([corrected]) : [];
    const isBorne = borne.some(({ number }) => keys.some((key) => key.number === number));
    if (!corrected || isBorne) return { ...found, isCorrected: false };
    return {
      known: [corrected],
      spent,
      isCorrected: true,
      heardAlone: known.filter((id) => id !== corrected),
    };
  }

  /** The first of these orders that would come to name more studies than one may. */
  async #overfullOf(
    ids: readonly string[],
    studyInstanceUids: readonly string[],
  ): Promise<OrderRow | undefined> {
    if (studyInstanceUids.length === 0) return undefined;
    for (const id of ids) {
      const row = await this.sql.lockRow(OrderRow, id);
      const all = new Set([...row.studyInstanceUids, ...studyInstanceUids]);
      if (all.size > Math.max(limits.hl7StudiesPerOrder, row.studyInstanceUids.length)) return row;
    }
    return undefined;
  }

  /** Locks the numbers of several orders and of their patients, and the orders that are known by them, before `orderBook.record` keeps each. */
  async lockKnown(orders: readonly NewOrder[]): Promise<void> {
    const stated = orders.map((order) => ({ order, keys: orderKeys(this.sql.vault, numbersOf(order)) }));
    // A number that is taken away is spoken of as well; locked at once, because only so they come in one order.
    const changed: string[] = [];
    const twice: string[] = [];
    for (const { order, keys } of stated) {
      const { kept, given } = (await this.unitedOrders.standingTwice(order, keys)) ?? {};
      twice.push(...[kept, given].flatMap((id) => id ?? []));
      if (order.isChange) changed.push(...twice, ...(await this.ordersMeant(order, keys)).known);
    }
    await this.numbers.lock([
      ...stated.flatMap(({ keys }) => keys),
      ...(await this.numbers.accessionsOf(changed)),
      // A merge of its patient that is being written is judged with it, see `patientMerges.lock`.
      ...orders.flatMap(({ identity }) => patientKeys(this.sql.vault, identity)),
    ]);
    const ids: string[] = [...twice];
    for (const { order, keys } of stated) {
      const { known, heardAlone = [] } = await this.ordersMeant(order, keys);
      ids.push(...known, ...heardAlone);
    }
    await this.orders.lockAll(ids);
  }

  /** A new order with its keys and identity. */
  async create(order: NewOrder, { keys, unusable }: Creation): Promise<OrderRow> {
    const identityId = await this.identities.store(order.identity);
    const row = await this.sql.insertRow(OrderRow, {
      ...orderRow(this.sql.vault, order, { identityId, keys, now: this.sql.now() }),
      ...(unusable === undefined ? {} : { state: 'unusable', stateReason: unusable }),
    });
    await this.numbers.keepOfOrder(row.id, order.authority, keys);
    await this.events.record(heardOf(order, { id: row.id, state: row.state, identityId }));
    return row;
  }

  async #amend(
    id: string,
    { order: stated, keys: all, isCorrected = false, heardAlone = [] }: Amendment,
  ): Promise<Amended> {
    const row = await this.sql.lockRow(OrderRow, id);
    const { order, keys, former } = isCorrected
      ? { order: stated, keys: all, former: [] }
      : await this.procedures.withoutFormer(id, { order: stated, keys: all });
    const isRecoded = order.procedureCode != null && order.procedureCode.value !== row.procedureCode?.value;
    const now = this.sql.now();
    const heard = await this.#takeUp(heardAlone);
    const before = heard.reduce((state, each) => further(state, each.readingState), row.readingState);
    const readingState = order.withdrawn ? 'unread' : further(before, order.readingState);
    const change: Partial<OrderRow> = {
      studyInstanceUids: [...new Set([...row.studyInstanceUids, ...(order.studyInstanceUids ?? [])])],
      setAside: [...new Set([...row.setAside, ...setAsideKeys(this.sql.vault, order.setAside)])],
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
      correctsAt: mayCorrect(order, keys) && !(await this.numbers.bearsBoth(id)) ? now : row.correctsAt,
      ...(await this.orderIdentities.after(row, order, isCorrected)),
      updatedAt: now,
    };
    if (isCorrected) await this.numbers.retireAccessions(id, { isReported: isReported(row.readingState) });
    await this.numbers.keepOfOrder(id, order.authority, keys);
    if (order.isCancelling || (order.readingState && isReported(order.readingState)))
      await this.numbers.keepReportedUnder(id, former);
    await this.sql.update(OrderRow, { id }, change);
    return { row: Object.assign(row, change), isRecoded };
  }

  /**
   * What was heard of an order by its new number alone is said of it from now on, and of nothing else; where it names
   * the studies that it is of, it stays said of these.
   */
  async #takeUp(ids: readonly string[]): Promise<OrderRow[]> {
    if (ids.length === 0) return [];
    const all = await this.orders.byIds(ids);
    const rows = all.filter(({ studyInstanceUids }) => studyInstanceUids.length === 0);
    const nothing = { readingState: 'unknown', acquisitionEnded: false } as const;
    await this.sql.update(OrderRow, { id: In(rows.map(({ id }) => id)) }, nothing);
    return rows;
  }
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

import type { Identities } from '../identities/identities.js';
import type { PatientTest, Patients } from '../identities/patients.js';
import type { Statements } from '../sql.js';
import type { NewOrder } from './new-order.js';
import type { Numbers } from './numbers.js';
import type { OrderBook } from './order-book.js';
import type { OrderKey } from './order-keys.js';
import { formerKeys } from './order-keys.js';
import type { OrderRow } from './order.entity.js';
import { OrderKeyRow } from './order.entity.js';
import type { Orders } from './orders.js';
import type { Recognition } from './recognition.js';
import type { OneOrder, UnitedOrders } from './united-orders.js';

/** Which orders were of two patients, at a moment before they may have become one. */
export interface ApartOrders {
  readonly ids: readonly string[];
  /** Whether one of the first was of another patient than one of the second. */
  areApart(first: readonly string[], second: readonly string[]): boolean;
}

/** An order that is there no more, and the one that it is since. */
export type UnitedOrder = Pick<OneOrder, 'kept' | 'given'>;

/** What the messages of an order said, as one message would. */
interface Said {
  readonly order: NewOrder;
  readonly keys: readonly OrderKey[];
}

/** Orders that stood apart because they were of two patients, who have become one since. */
export class MergedOrders {
  constructor(
    private readonly sql: Statements,
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
    private readonly recognition: Recognition,
    private readonly unitedOrders: UnitedOrders,
    private readonly orderBook: OrderBook,
  ) {}

  /** Keeps of these orders, which the caller holds locked, which of them are of two patients now. */
  async apart(feedId: string, ids: readonly string[]): Promise<ApartOrders> {
    const patients = new Map((await this.orders.byIds(ids)).map(({ id, patientHmac }) => [id, patientHmac]));
    const hmacs = [...new Set(patients.values())].flatMap((hmac) => hmac ?? []);
    const tests = new Map<string, PatientTest>();
    for (const hmac of hmacs) tests.set(hmac, await this.patients.test(feedId, hmac, hmacs));
    const isApart = (first: string, second: string) => {
      const [one, other] = [patients.get(first), patients.get(second)];
      return one != null && other != null && tests.get(one)?.(other) === false;
    };
    return {
      ids,
      areApart: (first, second) => first.some((one) => second.some((other) => isApart(one, other))),
    };
  }

  /**
   * Makes one of orders that stood apart only because they were of two patients, who have become one since: what the
   * messages of each said is judged again as a message is that comes now, see `orderBook.record`. The caller holds the locks of
   * all these orders and of their numbers.
   */
  async unite(apart: ApartOrders, move: Pick<NewOrder, 'who' | 'why'>): Promise<UnitedOrder[]> {
    const united: UnitedOrder[] = [];
    // Each with those that became one with it.
    const rows = new Map(apart.ids.map((id) => [id, [id]]));
    const wereApart = (one: string, other: string) =>
      apart.areApart(rows.get(one) ?? [], rows.get(other) ?? []);
    const next = async (): Promise<OneOrder | undefined> => {
      const left = await this.orders.byIds([...rows.keys()]);
      for (const row of left) {
        const mayBe = left.some(({ id }) => wereApart(row.id, id));
        const found = mayBe && (await this.#oneWith(row, left, { ...move, wereApart }));
        if (found) return found;
      }
      return undefined;
    };
    for (let one = await next(); one; one = await next()) {
      const { kept, given } = one;
      await this.unitedOrders.unite(one, move);
      rows.set(kept, [...(rows.get(kept) ?? []), ...(rows.get(given) ?? [])]);
      rows.delete(given);
      united.push({ kept, given });
    }
    return united;
  }

  /** Two of these orders that are one by what was said of the first: itself and another, or two that it is. */
  async #oneWith(
    row: OrderRow,
    all: readonly OrderRow[],
    {
      wereApart,
      ...move
    }: Pick<NewOrder, 'who' | 'why'> & { readonly wereApart: (one: string, other: string) => boolean },
  ): Promise<OneOrder | undefined> {
    for (const { order, keys } of await this.#saidOf(row, all, move)) {
      const twice = await this.unitedOrders.standingTwice(order, keys);
      if (twice) {
        const { kept, given } = twice;
        if (wereApart(kept, given) || wereApart(row.id, kept) || wereApart(row.id, given)) return twice;
      }
      const { known, isByPossible, isCorrected } = await this.orderBook.ordersMeant(order, keys);
      const [meant, ...others] = all.filter(({ id }) => known.includes(id));
      if (!meant || others.length > 0 || isByPossible || !wereApart(row.id, meant.id)) continue;
      if (!(await this.recognition.areOfOnePatient(order, [row, meant]))) continue;
      const [kept, given] = all.flatMap(({ id }) => (id === row.id || id === meant.id ? [id] : []));
      const corrected = isCorrected ? new Set([meant.id]) : await this.#correctedBefore(row.id, meant.id);
      if (kept && given) return { kept, given, corrected };
    }
    return undefined;
  }

  /** That it corrects another, where it does, and what it states: also what it stated before it was corrected itself. */
  async #saidOf(
    row: OrderRow,
    all: readonly OrderRow[],
    { who, why }: Pick<NewOrder, 'who' | 'why'>,
  ): Promise<Said[]> {
    const known = await this.sql.manager.findBy(OrderKeyRow, { orderId: row.id });
    const [{ authority } = { authority: '' }] = known;
    const keyOf = (kind: OrderKey['kind'], { number, namespace }: OrderKeyRow): OrderKey => ({
      kind,
      number,
      namespace,
    });
    const isFormer = ({ kind }: OrderKeyRow) => formerKeys.some((each) => each === kind);
    const own = known.filter((each) => !isFormer(each)).map((each) => keyOf(each.kind, each));
    const former = known.filter(isFormer).map((each) => keyOf('accession', each));
    const others = all.filter(({ id }) => id !== row.id);
    const order = {
      feedId: row.feedId ?? undefined,
      authority,
      identity: (row.identityId && (await this.identities.open(row.identityId))) || {},
      studyInstanceUids: row.studyInstanceUids,
      procedureCode: row.procedureCode ?? undefined,
      testOnly: row.testOnly,
      // So that none is meant that is over for so long that its numbers may be another's.
      opens: true,
      isPlacing: row.placedAt !== null,
      among: new Set(others.map(({ id }) => id)),
      who,
      why,
    };
    const { correctsAt } = row;
    if (!correctsAt) return [{ order, keys: [...own, ...former] }];
    const before = others.filter(({ createdAt }) => createdAt < correctsAt);
    const change = { ...order, isChange: true, among: new Set(before.map(({ id }) => id)) };
    return [
      { order: change, keys: own },
      { order, keys: [...own, ...former] },
    ];
  }

  /** Of two orders the one whose accession numbers are all such as the other bore before it was corrected. */
  async #correctedBefore(...pair: readonly [string, string]): Promise<ReadonlySet<string>> {
    const [one, other] = pair;
    const isCorrected = async (id: string, by: string) => {
      const [borne, former] = [await this.numbers.accessionsOf([id]), await this.numbers.formerOf(by)];
      return borne.length > 0 && borne.every(({ number }) => former.some((each) => each.number === number));
    };
    if (await isCorrected(one, other)) return new Set([one]);
    return new Set((await isCorrected(other, one)) ? [other] : []);
  }
}

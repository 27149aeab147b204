import { openIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { PatientTest } from '../identities/one-patient.js';
import { patientTest } from '../identities/one-patient.js';
import type { Tx } from '../tx.js';
import { areOfOnePatient } from './known-orders.js';
import type { NewOrder } from './new-order.js';
import { accessionKeysOf, formerKeysOf } from './borne-numbers.js';
import type { OrderKey } from './order-keys.js';
import { formerKeys } from './order-keys.js';
import { OrderKeyRow } from './order.entity.js';
import type { OrderRow } from './order.entity.js';
import { ordersById } from './orders.js';
import { ordersMeant } from './record-order.js';
import type { OneOrder } from './unite-orders.js';
import { standingTwice, unite } from './unite-orders.js';

/** Which orders were of two patients, at a moment before they may have become one. */
export interface ApartOrders {
  readonly ids: readonly string[];
  /** Whether one of the first was of another patient than one of the second. */
  areApart(first: readonly string[], second: readonly string[]): boolean;
}

/** Keeps of these orders, which the caller holds locked, which of them are of two patients now. */
export async function ordersApart(tx: Tx, feedId: string, ids: readonly string[]): Promise<ApartOrders> {
  const patients = new Map((await ordersById(tx, ids)).map(({ id, patientHmac }) => [id, patientHmac]));
  const hmacs = [...new Set(patients.values())].flatMap((hmac) => hmac ?? []);
  const tests = new Map<string, PatientTest>();
  for (const hmac of hmacs) tests.set(hmac, await patientTest(tx, feedId, hmac, hmacs));
  const isApart = (first: string, second: string) => {
    const [one, other] = [patients.get(first), patients.get(second)];
    return one != null && other != null && tests.get(one)?.(other) === false;
  };
  return {
    ids,
    areApart: (first, second) => first.some((one) => second.some((other) => isApart(one, other))),
  };
}

/** An order that is there no more, and the one that it is since. */
export type UnitedOrder = Pick<OneOrder, 'kept' | 'given'>;

/**
 * Makes one of orders that stood apart only because they were of two patients, who have become one since: what the
 * messages of each said is judged again as a message is that comes now, see `recordOrder`. The caller holds the locks of
 * all these orders and of their numbers.
 */
export async function uniteMerged(
  tx: Tx,
  vault: IdentityVault,
  apart: ApartOrders,
  move: Pick<NewOrder, 'who' | 'why'>,
): Promise<UnitedOrder[]> {
  const united: UnitedOrder[] = [];
  // Each with those that became one with it.
  const rows = new Map(apart.ids.map((id) => [id, [id]]));
  const wereApart = (one: string, other: string) =>
    apart.areApart(rows.get(one) ?? [], rows.get(other) ?? []);
  const next = async (): Promise<OneOrder | undefined> => {
    const left = await ordersById(tx, [...rows.keys()]);
    for (const row of left) {
      const mayBe = left.some(({ id }) => wereApart(row.id, id));
      const found = mayBe && (await oneWith(tx, vault, row, left, { ...move, wereApart }));
      if (found) return found;
    }
    return undefined;
  };
  for (let one = await next(); one; one = await next()) {
    const { kept, given } = one;
    await unite(tx, vault, one, move);
    rows.set(kept, [...(rows.get(kept) ?? []), ...(rows.get(given) ?? [])]);
    rows.delete(given);
    united.push({ kept, given });
  }
  return united;
}

/** What the messages of an order said, as one message would. */
interface Said {
  readonly order: NewOrder;
  readonly keys: readonly OrderKey[];
}

/** Two of these orders that are one by what was said of the first: itself and another, or two that it is. */
async function oneWith(
  tx: Tx,
  vault: IdentityVault,
  row: OrderRow,
  all: readonly OrderRow[],
  {
    wereApart,
    ...move
  }: Pick<NewOrder, 'who' | 'why'> & { readonly wereApart: (one: string, other: string) => boolean },
): Promise<OneOrder | undefined> {
  for (const { order, keys } of await saidOf(tx, vault, row, all, move)) {
    const twice = await standingTwice(tx, vault, order, keys);
    if (twice) {
      const { kept, given } = twice;
      if (wereApart(kept, given) || wereApart(row.id, kept) || wereApart(row.id, given)) return twice;
    }
    const { known, isByPossible, isCorrected } = await ordersMeant(tx, vault, order, keys);
    const [meant, ...others] = all.filter(({ id }) => known.includes(id));
    if (!meant || others.length > 0 || isByPossible || !wereApart(row.id, meant.id)) continue;
    if (!(await areOfOnePatient(tx, order, [row, meant]))) continue;
    const [kept, given] = all.flatMap(({ id }) => (id === row.id || id === meant.id ? [id] : []));
    const corrected = isCorrected ? new Set([meant.id]) : await correctedBefore(tx, row.id, meant.id);
    if (kept && given) return { kept, given, corrected };
  }
  return undefined;
}

/** That it corrects another, where it does, and what it states: also what it stated before it was corrected itself. */
async function saidOf(
  tx: Tx,
  vault: IdentityVault,
  row: OrderRow,
  all: readonly OrderRow[],
  { who, why }: Pick<NewOrder, 'who' | 'why'>,
): Promise<Said[]> {
  const known = await tx.findBy(OrderKeyRow, { orderId: row.id });
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
    identity: (row.identityId && (await openIdentity(tx, vault, row.identityId))) || {},
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
async function correctedBefore(tx: Tx, ...pair: readonly [string, string]): Promise<ReadonlySet<string>> {
  const [one, other] = pair;
  const isCorrected = async (id: string, by: string) => {
    const [borne, former] = [await accessionKeysOf(tx, [id]), await formerKeysOf(tx, by)];
    return borne.length > 0 && borne.every(({ number }) => former.some((each) => each.number === number));
  };
  if (await isCorrected(one, other)) return new Set([one]);
  return new Set((await isCorrected(other, one)) ? [other] : []);
}

import { namespacesAgree } from './namespace.js';

/** A filler or placer number, as it is looked up; `namespace` is as {@link namespacesAgree} reads it, empty where none is stated. */
export interface OrderNumber {
  readonly kind: 'filler' | 'placer';
  /** Within which it is unique. */
  readonly authority: string;
  readonly number: string;
  readonly namespace: string;
}

/** An order that counts for a study. */
export interface CountedOrder {
  readonly numbers: readonly OrderNumber[];
  /** Accession numbers that it bears, or bore before it was corrected. */
  readonly accessions: readonly string[];
  /** When a message last placed it, or changed what was placed; null where none did. */
  readonly placedAt: Date | null;
  /** When it was cancelled; null while it is not. */
  readonly cancelledAt: Date | null;
}

/** Orders that are one. */
interface Procedure extends CountedOrder {
  readonly isCancelled: boolean;
}

/**
 * Whether all that was ordered of a study is cancelled. Orders that share an order number are one, unless they state
 * different filler or accession numbers, and a cancellation of any is of all that were not placed since. What no message placed
 * does not count beside a placed procedure that it may be, as where a RIS places by the placer number and a modality
 * tells of it by the filler number; where it is cancelled, so is the only placed one that it may be, or whose order
 * number it bears.
 */
export function areAllCancelled(orders: readonly CountedOrder[]): boolean {
  const procedures = proceduresOf(orders);
  const placed = procedures.filter(({ placedAt }) => placedAt);
  const [only, ...others] = placed;
  const deciding = procedures.filter(
    (each) => each.placedAt || !placed.some((other) => mayBeOne(each, other)),
  );
  const isSaidOfOnly = (each: Procedure) =>
    only?.placedAt &&
    !each.placedAt &&
    each.cancelledAt &&
    each.cancelledAt >= only.placedAt &&
    (shareNumber(each, only) || mayBeOne(each, only));
  const isOnly = (each: Procedure) => each === only && others.length === 0;
  return (
    deciding.length > 0 &&
    deciding.every((each) => each.isCancelled || (isOnly(each) && procedures.some(isSaidOfOnly)))
  );
}

function proceduresOf(orders: readonly CountedOrder[]): Procedure[] {
  let groups: CountedOrder[][] = [];
  for (const order of orders) {
    const isSame = (group: readonly CountedOrder[]) =>
      group.some((each) => shareNumber(each, order) && agreeInAccession(each, order));
    groups = [...groups.filter((group) => !isSame(group)), [order, ...groups.filter(isSame).flat()]];
  }
  return groups.map((group) => {
    const cancelledAt = latest(group.map((each) => each.cancelledAt));
    return {
      numbers: group.flatMap(({ numbers }) => numbers),
      accessions: group.flatMap(({ accessions }) => accessions),
      placedAt: latest(group.map(({ placedAt }) => placedAt)),
      cancelledAt,
      isCancelled:
        cancelledAt !== null &&
        group.every((each) => each.cancelledAt ?? (each.placedAt === null || each.placedAt <= cancelledAt)),
    };
  });
}

const latest = (times: readonly (Date | null)[]): Date | null =>
  times.reduce((last, each) => (each && (!last || each > last) ? each : last), null);

const isOneKind = (one: OrderNumber, other: OrderNumber) =>
  one.kind === other.kind && one.authority === other.authority;

const isOneNumber = (one: OrderNumber, other: OrderNumber) =>
  isOneKind(one, other) && one.number === other.number && namespacesAgree(one.namespace, other.namespace);

type Known = Pick<CountedOrder, 'numbers' | 'accessions'>;

/** Two filler numbers are of two procedures, also under one placer number. */
function shareNumber(one: Known, other: Known): boolean {
  const fillers = ({ numbers }: Known) => numbers.filter(({ kind }) => kind === 'filler');
  const [mine, its] = [fillers(one), fillers(other)];
  const decide = mine.length > 0 && its.length > 0;
  const [left, right] = decide ? [mine, its] : [one.numbers, other.numbers];
  return left.some((each) => right.some((beside) => isOneNumber(each, beside)));
}

/** Of two that share no order number: nothing says that they are two. */
function mayBeOne(one: Known, other: Known): boolean {
  if (one.numbers.some((mine) => other.numbers.some((its) => isOneKind(mine, its)))) return false;
  return agreeInAccession(one, other);
}

function agreeInAccession(one: Known, other: Known): boolean {
  const areBoth = one.accessions.length > 0 && other.accessions.length > 0;
  return !areBoth || one.accessions.some((each) => other.accessions.includes(each));
}

import { namespacesAgree } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import { parsePath } from '../message/field-path.js';
import type { Segment } from '../message/segment.js';
import type { SegmentGroup, StatedPlace } from '../message/segment-group.js';
import type { FeedMapping } from './feed-mapping.js';
import { isLookupNamespace, isLookupValue } from './lookup-value.js';
import type { AccessionNumber } from './order-numbers.js';
import { namespaceAt } from './order-numbers.js';
import { unusableValue } from './unusable-order.js';

/** One procedure of an order: what of its segments speaks of it, and how its accession number is stated. */
export interface Procedure {
  readonly group: SegmentGroup;
  /** Stated as such, and fit to be asked for. */
  readonly accession?: AccessionNumber;
  /** Stated and set aside, because they cannot be used; as they stand there. */
  readonly setAside: readonly string[];
  /** Why, as half a sentence each. */
  readonly problems: readonly string[];
  /** It is one of several, and which segments speak of which. */
  readonly among?: Among;
  /** Its accession number cannot be used, and that of another one of its order can. */
  readonly isBesideUsable?: boolean;
  /** An explicit null (`""`), and nothing else, stands where an accession number belongs. */
  readonly isNone: boolean;
}

/** Of one of several procedures. What stands in neither of these segments says not of which it is. */
export interface Among {
  /** All segments of the order. */
  readonly whole: SegmentGroup;
  /** They speak of this procedure alone. */
  readonly own: ReadonlySet<Segment>;
  /** They speak of one of the others alone. */
  readonly others: ReadonlySet<Segment>;
}

interface Found {
  readonly segment: Segment;
  readonly value: string;
  readonly issuer: string | undefined;
  readonly problem: string | undefined;
}

/**
 * The procedures of an order: one for each accession number at the first path that states one that can be used (a
 * second IPC segment, or a further repetition of OBR-18, may state another), with the segments that state no other. Two
 * under issuers that agree are one. Those of an accession number that cannot be used are a procedure of their own,
 * where no other stands in their segments.
 */
export function proceduresOf(
  group: SegmentGroup,
  { accessionNumber }: Pick<FeedMapping, 'accessionNumber'>,
): Procedure[] {
  const unusable: Found[][] = [];
  let isNull = false;
  for (const { value: path, issuer } of accessionNumber) {
    const places = group.statedPlaces(path, limits.hl7PartsPerLevel);
    const found = places.flatMap((place) => foundAt(group, place, path, issuer) ?? []);
    // Many a sender writes `""` into every field that it does not use, and the number elsewhere.
    isNull ||= places.length > 0 && found.length === 0;
    if (found.some(isUsable)) return divided(group, found, unusable);
    if (found.length > 0) unusable.push(found);
  }
  const [first, ...others] = unusable;
  return first ? divided(group, first, others) : [{ ...unstated(group, []), isNone: isNull }];
}

const isUsable = ({ problem }: Found): boolean => problem === undefined;

/**
 * @param found at the path that names the procedures
 * @param elsewhere what cannot be used at other paths, path by path
 */
function divided(
  group: SegmentGroup,
  found: readonly Found[],
  elsewhere: readonly (readonly Found[])[],
): Procedure[] {
  const numbers = [...usableNumbers(found), ...unusableNumbers(found)];
  const stating = new Map<Segment, number>();
  for (const number of numbers)
    for (const segment of new Set(number.map((each) => each.segment)))
      stating.set(segment, (stating.get(segment) ?? 0) + 1);
  const segments = [...stating.keys()];
  const ofOne = new Set(segments.filter((segment) => stating.get(segment) === 1));
  const isOfSeveral =
    numbers.length > 1 || elsewhere.some((each) => new Set(each.map(({ value }) => value)).size > 1);
  // One that cannot be used, beside another in its segment, is no more than a remark on that.
  const isNaming = (number: readonly Found[]) =>
    number === numbers[0] || number.some((each) => isUsable(each) || ofOne.has(each.segment));
  const beside = [...elsewhere, ...numbers.filter((number) => !isNaming(number))].flat();
  return numbers.filter(isNaming).map((number, index): Procedure => {
    const naming = new Set(number.map(({ segment }) => segment));
    const foreign = new Set(segments.filter((segment) => !naming.has(segment)));
    const own = new Set([...naming].filter((segment) => ofOne.has(segment)));
    const others = new Set([...ofOne].filter((segment) => !naming.has(segment)));
    const [first] = number.filter(isUsable).toSorted(byIssuer);
    const setAside = [...(index === 0 ? beside : []), ...number.filter((each) => !isUsable(each))];
    return {
      ...unstated(foreign.size === 0 ? group : group.without(foreign), setAside),
      ...(isOfSeveral ? { among: { whole: group, own, others } } : {}),
      ...(first
        ? {
            accession: {
              value: first.value,
              ...(first.issuer ? { issuer: first.issuer } : {}),
              source: 'stated',
            },
          }
        : { isBesideUsable: found.some(isUsable) }),
    };
  });
}

/** What says most of its issuer first. */
const byIssuer = (one: Found, other: Found): number =>
  (other.issuer?.length ?? 0) - (one.issuer?.length ?? 0);

/** The accession numbers that can be used, each with all of its places. */
function usableNumbers(found: readonly Found[]): Found[][] {
  const ofValue = Map.groupBy(found.filter(isUsable), ({ value }) => value);
  return [...ofValue.values()].flatMap((same) => {
    const underIssuer = Map.groupBy(same, ({ issuer }) => issuer ?? '');
    const issuers = [...underIssuer.keys()];
    const agree = issuers.every((one) => issuers.every((other) => namespacesAgree(one, other)));
    return agree ? [same] : [...underIssuer.values()];
  });
}

/** Those that cannot be used. */
function unusableNumbers(found: readonly Found[]): Found[][] {
  const ofValue = Map.groupBy(
    found.filter((each) => !isUsable(each)),
    ({ value }) => value,
  );
  return [...ofValue.values()];
}

function unstated(group: SegmentGroup, setAside: readonly Found[]): Procedure {
  return {
    group,
    setAside: setAside.map(({ value }) => value),
    problems: [...new Set(setAside.flatMap(({ problem }) => problem ?? []))],
    isNone: false,
  };
}

function foundAt(
  group: SegmentGroup,
  { segment, repetition, value }: StatedPlace,
  path: string,
  issuerPaths: readonly string[],
): Found | undefined {
  if (value === null) return undefined;
  const issuer = issuerAt(group, { segment, repetition, value }, path, issuerPaths);
  const problem = !isLookupValue(value)
    ? `the accession number ${unusableValue}`
    : issuer !== undefined && !isLookupNamespace(issuer)
      ? // Without it the number would be every issuer's.
        `the issuer of the accession number ${unusableValue}`
      : undefined;
  return { segment, value, issuer, problem };
}

/** The issuer that stands in the very segment and repetition of the number, where its paths lead there. */
function issuerAt(
  group: SegmentGroup,
  { segment, repetition }: StatedPlace,
  path: string,
  paths: readonly string[],
): string | undefined {
  const number = parsePath(path);
  const isBeside = paths.every((each) => parsePath(each).segment === number.segment);
  if (!isBeside) return namespaceAt(paths, (each) => group.firstOf(each));
  return namespaceAt(paths, (each) =>
    each
      .map((one) => {
        const { field, component, subcomponent } = parsePath(one);
        return segment.text(field, field === number.field ? repetition : 1, component, subcomponent);
      })
      .find((text) => text !== '' && text !== '""'),
  );
}

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
  /** The segment that states the accession number of each of several procedures; what stands in others is of which? */
  readonly among?: string;
  /** An explicit null (`""`), and nothing else, stands where an accession number belongs. */
  readonly isNone: boolean;
}

interface Found {
  readonly segment: Segment;
  readonly value: string;
  readonly issuer: string | undefined;
  readonly problem: string | undefined;
}

/**
 * The procedures of an order: one for each accession number at the first path that states one that can be used (a
 * second IPC segment, or a further repetition of OBR-18, may state another), with the segments that state no other. Those of
 * an accession number that cannot be used are a procedure of their own, where they stand beside others that can.
 */
export function proceduresOf(
  group: SegmentGroup,
  { accessionNumber }: Pick<FeedMapping, 'accessionNumber'>,
): Procedure[] {
  const setAside: Found[] = [];
  let isNull = false;
  for (const { value: path, issuer } of accessionNumber) {
    const places = group.statedPlaces(path, limits.hl7PartsPerLevel);
    const found = places.flatMap((place) => foundAt(group, place, path, issuer) ?? []);
    // Many a sender writes `""` into every field that it does not use, and the number elsewhere.
    isNull ||= places.length > 0 && found.length === 0;
    const usable = found.filter(({ problem }) => problem === undefined);
    const bad = found.filter(({ problem }) => problem !== undefined);
    if (usable.length > 0) return divided(group, usable, bad, setAside);
    setAside.push(...bad);
  }
  return [{ ...unstated(group, setAside), isNone: isNull && setAside.length === 0 }];
}

function divided(
  group: SegmentGroup,
  usable: readonly Found[],
  bad: readonly Found[],
  before: readonly Found[],
): Procedure[] {
  const segments = new Set([...usable, ...bad].map(({ segment }) => segment));
  const speakingOf = (found: readonly Found[]): SegmentGroup => {
    const own = new Set(found.map(({ segment }) => segment));
    const others = new Set([...segments].filter((segment) => !own.has(segment)));
    return others.size === 0 ? group : group.without(others);
  };
  const naming = new Set(usable.map(({ segment }) => segment));
  const alone = bad.filter(({ segment }) => !naming.has(segment));
  const beside = [...before, ...bad.filter(({ segment }) => naming.has(segment))];
  const each = Map.groupBy(usable, ({ value, issuer }) => `${value}\n${issuer ?? ''}`);
  return [
    ...[...each.values()].map((found, index): Procedure => {
      const { value, issuer } = found[0] as Found;
      return {
        ...unstated(speakingOf(found), index === 0 ? beside : []),
        ...(each.size > 1 ? { among: (found[0] as Found).segment.name } : {}),
        accession: { value, ...(issuer ? { issuer } : {}), source: 'stated' },
      };
    }),
    ...(alone.length > 0 ? [unstated(speakingOf(alone), alone)] : []),
  ];
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

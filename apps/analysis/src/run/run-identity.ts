import { disagreementOf, fullness } from '@prelector/evidence';
import type { ImageIdentity, StudyIdentity } from '@prelector/findings';
import { compareArchiveWithArchive } from '@prelector/findings';
import { MOST_IDENTITIES } from '../runner/instance-check.js';
import type { SeenIdentity } from '../runner/protocol.js';

/**
 * Why the part-10 headers do not all speak of one known patient and study; undefined when they do. All images have to
 * state the same, in every attribute that identifies: one that is silent where another speaks may be another person's,
 * and a report could bear only what one of them states. After a release they are compared with the identity that a
 * person took as right; what that person saw is no difference as long as nothing else is among it.
 *
 * @param identities the distinct ones that the headers state
 * @param released what a person took as right; undefined when nobody had to
 * @param covered tells of each whether a person saw and released exactly that
 */
export function identityProblem(
  identities: readonly ImageIdentity[],
  released: StudyIdentity | undefined,
  covered: (identity: StudyIdentity) => boolean,
): string | undefined {
  if (identities.length === 0) return 'the fetched instances state no identity';
  const disagreement = disagreementOf(identities);
  // No more were gathered, so that there may be one that nobody saw.
  if (identities.length >= MOST_IDENTITIES)
    return `the fetched instances state ${MOST_IDENTITIES} different identities or more, which ${disagreement ?? 'differ'}`;
  const open = identities.filter((each) => !covered(each));
  if (open.length === 0) return undefined;
  if (disagreement !== undefined) return `identity within the fetched instances ${disagreement}`;
  for (const each of open) {
    const { verdict, reason } = compareArchiveWithArchive(released ?? each, each);
    if (verdict === 'holds') return `identity within the fetched instances ${reason}`;
  }
  return undefined;
}

/** An instance whose identity the reports of a run bear, and why it is this one. */
export interface IdentitySource extends SeenIdentity {
  /** What sets it apart from the others, in words that follow "instance X states, ". */
  readonly why: string;
}

/**
 * The instance of the run whose identity its reports bear, and by which the archive is asked again: the one that states
 * most, of those that do not contradict what a person released. Undefined when no image of the run stated any.
 */
export function identitySource(
  seen: readonly SeenIdentity[],
  released: StudyIdentity | undefined,
): IdentitySource | undefined {
  const named = seen.filter(({ sopInstanceUid }) => sopInstanceUid !== undefined);
  const agreeing = named.filter(
    ({ identity }) =>
      released === undefined || compareArchiveWithArchive(released, identity).differing.length === 0,
  );
  const uid = ({ sopInstanceUid }: SeenIdentity) => sopInstanceUid ?? '';
  const [source] = (agreeing.length > 0 ? agreeing : named).toSorted(
    (a, b) => fullness(b.identity) - fullness(a.identity) || (uid(a) < uid(b) ? -1 : 1),
  );
  const isOneOfAll = agreeing.length === 0 || agreeing.length === named.length;
  const why = isOneOfAll
    ? 'which says most'
    : `which ${agreeing.length === 1 ? 'agrees' : 'says most of those that agree'} with the identity that was released`;
  return source && { ...source, why };
}

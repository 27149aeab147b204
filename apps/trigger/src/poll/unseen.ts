const form = /^(?<digest>\S+) unseen (?<since>\d+) (?<last>\d+)$/u;
const lookAtLeastEveryMs = 3_600_000;

interface Unseen {
  readonly since: number;
  readonly last: number;
}

function readUnseen(kept: string, digest: string): Unseen | undefined {
  const { since, last, ...of } = form.exec(kept)?.groups ?? {};
  return of['digest'] === digest ? { since: Number(since), last: Number(last) } : undefined;
}

/**
 * What a poll keeps of a study of which no image could be looked at: what it compares, since when that is so of this,
 * and when it looked last.
 *
 * @param before what was kept
 */
export function unseenDigest(digest: string, now: Date, before = ''): string {
  const since = readUnseen(before, digest)?.since ?? now.getTime();
  return `${digest} unseen ${since} ${now.getTime()}`;
}

/** Whether no image of the study could be looked at as it is listed now. */
export const isUnseenOf = (kept: string, digest: string): boolean => readUnseen(kept, digest) !== undefined;

/**
 * Whether a poll looks at the study: whenever it is listed otherwise than it was, and where no image could be had ever
 * less often, once it has waited as long again as it had before, an hour at most.
 */
export function mayLookAgain(kept: string, digest: string, now: Date): boolean {
  const unseen = readUnseen(kept, digest);
  if (!unseen) return kept !== digest;
  return now.getTime() - unseen.last >= Math.min(unseen.last - unseen.since, lookAtLeastEveryMs);
}

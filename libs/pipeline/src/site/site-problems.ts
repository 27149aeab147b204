import { defaultMapping, feedMappingSchema, peerList } from '@prelector/hl7';
import { asPrelectorError } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import type { ProfileOverrides } from '@prelector/profiles';

/** What is wrong at one member of an object of a site. */
export interface SiteProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A profile that is not built in, or overrides that do not fit it: found here, not by the process that needs it. */
export function nodeProblems({
  profile,
  overrides,
}: {
  readonly profile: string;
  readonly overrides: ProfileOverrides;
}): SiteProblem[] {
  try {
    loadProfile(profile, overrides);
    return [];
  } catch (thrown) {
    const { code, message } = asPrelectorError(thrown);
    return [{ path: [code === 'profile.unknown' ? 'profile' : 'overrides'], message }];
  }
}

/** A mapping that does not fit, or peers that a listener would refuse. */
export function feedProblems({
  host,
  allowedPeers,
  mapping,
}: {
  readonly host: string;
  readonly allowedPeers: readonly string[];
  readonly mapping: object;
}): SiteProblem[] {
  const mapped = feedMappingSchema.safeParse({ ...defaultMapping, ...mapping });
  const problems: SiteProblem[] = (mapped.error?.issues ?? []).map(({ path, message }) => ({
    path: ['mapping', ...path],
    message,
  }));
  try {
    peerList(host, allowedPeers);
  } catch (thrown) {
    problems.push({ path: ['allowedPeers'], message: asPrelectorError(thrown).message });
  }
  return problems;
}

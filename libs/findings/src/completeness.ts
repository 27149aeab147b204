import { counted } from '@prelector/kernel';

/** Counts of one copy of a study as a server stated them at one moment; source images only. */
export interface Observation {
  readonly at: Date;
  readonly series: readonly ObservedSeries[];
}

export interface ObservedSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  /** Undefined where the server states no count. */
  readonly instances: number | undefined;
}

/** How long a node's studies take to arrive. */
export interface CompletenessPolicy {
  /** Seconds without any change after which nothing more is expected. */
  readonly settleSeconds: number;
  /** The settle time once an order said that acquisition has ended. */
  readonly settleSecondsAfterAcquisition: number;
  readonly minimumInstances: number;
  /** Seconds from first sight after which we go on with what is there, or give up when it is too little. */
  readonly maximumWaitSeconds: number;
}

/** What an order said to expect. */
export interface Expectation {
  readonly instances?: number | undefined;
  readonly acquisitionEnded: boolean;
}

export type Completeness =
  | {
      readonly kind: 'complete';
      readonly forced: boolean;
      readonly imagesAsOf: Date;
      readonly reason: string;
    }
  | { readonly kind: 'wait'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'give-up'; readonly reason: string };

/** Modalities of objects that are made from images and are no input and no change (design, Complete). */
const derived = new Set(['SR', 'PR', 'KO', 'SEG', 'DOC', 'RTSTRUCT', 'ASMT', 'REG', 'AU', 'PLAN']);

/** True for objects that are made from images: no input, and no change of a study. */
export function isDerivedModality(modality: string): boolean {
  return derived.has(modality.toUpperCase());
}

/** A modality as a server stated it, if it is one at all (CS, PS3.5 6.2); anything else is not repeated. */
export function readableModality(stated: string | undefined): string {
  return stated !== undefined && /^[A-Z0-9_ ]{1,16}$/u.test(stated) ? stated : 'unreadable';
}

/** False for a series that holds only objects derived from images, or evidence of our own. */
export function isSourceSeries(
  series: { modality: string; seriesInstanceUid: string },
  own: ReadonlySet<string>,
): boolean {
  return !isDerivedModality(series.modality) && !own.has(series.seriesInstanceUid);
}

/** Instances of an observation; a series without a count stands for one. */
export function countInstances(observation: Observation): number {
  return observation.series.reduce((sum, series) => sum + (series.instances ?? 1), 0);
}

/** True when two observations show the same series with the same counts, in any order. */
export function sameCounts(a: Observation, b: Observation): boolean {
  const text = (observation: Observation) =>
    observation.series
      .map((series) => `${series.seriesInstanceUid}:${series.instances ?? '?'}`)
      .sort()
      .join();
  return text(a) === text(b);
}

const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;
const after = (from: Date, count: number) => new Date(from.getTime() + count * 1000);

/**
 * Judges from what was seen over time whether more instances of a study are coming.
 *
 * @param observations in order of time, at least one
 * @param firstSeenAt when the study was first heard of, from which the maximum wait counts
 */
export function judgeCompleteness(
  observations: readonly Observation[],
  policy: CompletenessPolicy,
  expectation: Expectation,
  firstSeenAt: Date,
  now: Date,
): Completeness {
  const last = observations.at(-1);
  const deadline = after(firstSeenAt, policy.maximumWaitSeconds);
  if (!last || countInstances(last) === 0) {
    return now >= deadline
      ? { kind: 'give-up', reason: `no image arrived within ${policy.maximumWaitSeconds} s` }
      : {
          kind: 'wait',
          until: earlier(after(now, policy.settleSeconds), deadline),
          reason: 'no image is there yet',
        };
  }
  const instances = countInstances(last);
  const seen = `${counted(instances, 'instance')} in ${counted(last.series.length, 'series')}`;
  const unchangedSince = startOfUnchanged(observations);
  const unchanged = seconds(unchangedSince, last.at);
  const settle = expectation.acquisitionEnded ? policy.settleSecondsAfterAcquisition : policy.settleSeconds;
  const expected = expectation.instances;
  const short = (expected !== undefined && instances < expected) || instances < policy.minimumInstances;

  if (expected !== undefined && instances >= expected && instances >= policy.minimumInstances) {
    return complete(last, false, `all ${expected} expected instances are there: ${seen}`);
  }
  if (!short && unchanged >= settle) {
    return complete(
      last,
      false,
      `no change for ${Math.floor(unchanged)} s (settle time ${settle} s): ${seen}`,
    );
  }
  if (now >= deadline) {
    if (instances < policy.minimumInstances) {
      return {
        kind: 'give-up',
        reason: `only ${seen} after ${policy.maximumWaitSeconds} s, at least ${policy.minimumInstances} are needed`,
      };
    }
    return complete(last, true, `the maximum wait of ${policy.maximumWaitSeconds} s is over: ${seen}`);
  }
  const until = short ? after(now, settle) : after(unchangedSince, settle);
  const why = short
    ? `${seen}, at least ${Math.max(expected ?? 0, policy.minimumInstances)} are expected`
    : `${seen}, unchanged for ${Math.floor(unchanged)} s of ${settle} s`;
  return { kind: 'wait', until: later(earlier(until, deadline), after(now, 1)), reason: why };
}

function complete(last: Observation, forced: boolean, reason: string): Completeness {
  return { kind: 'complete', forced, imagesAsOf: last.at, reason };
}

/** When the counts that were seen last were seen first, without another in between. */
function startOfUnchanged(observations: readonly Observation[]): Date {
  const last = observations.at(-1) as Observation;
  let since = last.at;
  for (const observation of [...observations].reverse()) {
    if (!sameCounts(observation, last)) break;
    since = observation.at;
  }
  return since;
}

const earlier = (a: Date, b: Date) => (a < b ? a : b);
const later = (a: Date, b: Date) => (a > b ? a : b);

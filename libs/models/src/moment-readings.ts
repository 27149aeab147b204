import type { StatedMoment } from './acquisition-attributes.js';

/** Seconds, the text of what is no time, or undefined where nothing is stated that could be compared. */
export type Moment = number | string | undefined;

const DAY_SECONDS = 86_400;

/**
 * The moments of images in each way in which they can be compared, the best one first. Dates count for themselves where
 * none states a time, and beside times where they differ: what then states one of both is of no known moment. Where
 * that is so of many, what they state counts alone, too.
 */
export function readingsOf(stated: readonly StatedMoment[]): readonly [Moment[], ...Moment[][]] {
  const clocks = clocksOf(stated);
  if (!daysDiffer(stated)) return [clocks];
  const days = stated.map(
    ({ days: day, text }) => text ?? (day === undefined ? undefined : day * DAY_SECONDS),
  );
  if (!isTimed(stated)) return [days];
  const both = days.map((day, index) => {
    const clock = clocks[index];
    return typeof day === 'number' && typeof clock === 'number' ? day + clock : stated[index]?.text;
  });
  const dated = stated.filter((each) => each.days !== undefined).length;
  return [
    both,
    ...(2 * dated < stated.length ? [clocks] : []),
    ...(3 * stated.filter(isDayAlone).length >= stated.length ? [days] : []),
  ];
}

/**
 * Of how many images of a stack nobody can say when they were made among the others: a text that is no time, a day
 * without a time beside times, no day beside days that differ. None where no image states anything.
 */
export function unknownMoments(stated: readonly StatedMoment[]): number {
  const [timed, differ] = [isTimed(stated), daysDiffer(stated)];
  return stated.filter(
    (each) => each.text !== undefined || (timed && isDayAlone(each)) || (differ && each.days === undefined),
  ).length;
}

const isTimed = (stated: readonly StatedMoment[]) => stated.some(({ clock }) => clock !== undefined);
const isDayAlone = ({ days, clock, text }: StatedMoment) =>
  days !== undefined && clock === undefined && text === undefined;
const daysDiffer = (stated: readonly StatedMoment[]) =>
  new Set(stated.flatMap(({ days }) => days ?? [])).size > 1;

/** Seconds of the day: of UTC where each states its zone, and the short way round midnight where none states a day. */
function clocksOf(stated: readonly StatedMoment[]): Moment[] {
  const isZoned = stated.every(({ clock, zone }) => clock === undefined || zone !== undefined);
  const clocks = stated.map(({ clock, zone = 0, text }) =>
    clock === undefined ? text : clock - (isZoned ? zone : 0),
  );
  return stated.every(({ days }) => days === undefined) ? roundMidnight(clocks) : clocks;
}

/** Clocks that begin with the end of their longest pause, the one over midnight included. */
function roundMidnight(clocks: readonly Moment[]): Moment[] {
  const sorted = clocks.filter((each) => typeof each === 'number').sort((a, b) => a - b);
  let [start = 0] = sorted;
  let longest = start + DAY_SECONDS - (sorted.at(-1) ?? 0);
  for (const [index, clock] of sorted.entries()) {
    const pause = clock - (sorted[index - 1] ?? clock);
    if (pause <= longest) continue;
    [start, longest] = [clock, pause];
  }
  return clocks.map((each) => (typeof each === 'number' && each < start ? each + DAY_SECONDS : each));
}

import { plainNumber } from './words.js';

/** Two acquisitions lie more than this many seconds apart, and further than the slices of one do. */
const APART_SECONDS = 1;
const APART_TIMES = 4;
/** No scan goes on after such a pause: a single slice is of another one. */
const LONG_PAUSE_SECONDS = 60;
/**
 * No pass over the slices of a magnetic resonance scan takes longer, so that of one scan the next begins sooner: a pass
 * takes Repetition Time (0018,0080) by Number of Phase Encoding Steps (0018,0089) by Number of Averages (0018,0083), and
 * the slow ones are spin echoes of 3 s by 192 steps, each excited once.
 */
export const LONGEST_PASS_SECONDS = 600;
/** No scan goes on over its slices for longer before its last pass begins, however short the pauses between passes are. */
const LONGEST_SCAN_SECONDS = 1500;
const FEWEST_SLICES = 3;
/** More than these are the rotations of one scan. */
const MOST_SWEEPS = 64;

/**
 * Tells by the moments of slices, in the order of their places, whether they were taken in several sweeps over
 * the same range: a label for each, or undefined when one sweep, or one after the other along the patient,
 * made them all.
 *
 * @param acquired false for times at which images were made, which say less: they are made in any order.
 * @param within seconds within which a sweep follows another one of its acquisition, of which there are not so many
 * that the last begins more than 25 minutes after the first.
 */
export function momentLabels(
  seconds: readonly number[],
  acquired: boolean,
  within: number = APART_SECONDS,
): string[] | undefined {
  const sorted = [...seconds].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((each, index) => each - (sorted[index] as number));
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  for (const [pause, span] of [
    [within, 0],
    [APART_SECONDS, LONGEST_SCAN_SECONDS],
  ] as const) {
    const apart = Math.max(pause, APART_TIMES * usual);
    const starts = sorted.filter((_, index) => index === 0 || (gaps[index - 1] as number) > apart);
    if (starts.length < 2 || starts.length > MOST_SWEEPS) continue;
    const sweeps = seconds.map((each) => starts.findLastIndex((start) => start <= each));
    if (!anyInterleave(sweeps, starts, acquired, span)) continue;
    const first = starts[0] as number;
    return sweeps.map((sweep) => `+${plainNumber((starts[sweep] as number) - first, 0)} s`);
  }
  return undefined;
}

/** True of moments of sweeps that share the slices about evenly, as the passes of one scan do. */
export function arePasses(seconds: readonly number[]): boolean {
  const labels = momentLabels(seconds, true) ?? [];
  const sizes = [...Map.groupBy(labels, (label) => label).values()].map(({ length }) => length);
  return sizes.length > 0 && 2 * Math.min(...sizes) >= Math.max(...sizes);
}

/**
 * The longest pause between moments in seconds, where it is longer than any within a scan; undefined otherwise.
 */
export function longPause(seconds: readonly number[]): number | undefined {
  const sorted = [...seconds].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((each, index) => each - (sorted[index] as number));
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  const longest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  return longest > Math.max(LONG_PAUSE_SECONDS, APART_TIMES * usual) ? longest : undefined;
}

/** Of two sweeps that begin more than `span` seconds after each other. */
function anyInterleave(
  sweeps: readonly number[],
  starts: readonly number[],
  acquired: boolean,
  span: number,
): boolean {
  return starts.some((start, a) =>
    starts.slice(0, a).some((earlier, b) => {
      if (start - earlier <= span) return false;
      const both = sweeps.filter((sweep) => sweep === a || sweep === b);
      const size = Math.min(
        both.filter((sweep) => sweep === a).length,
        both.filter((sweep) => sweep === b).length,
      );
      const runs = both.filter((sweep, index) => index === 0 || sweep !== both[index - 1]).length;
      const enough = size >= FEWEST_SLICES || (acquired && start - earlier > LONG_PAUSE_SECONDS);
      return enough && runs >= Math.max(acquired ? 3 : 4, size);
    }),
  );
}

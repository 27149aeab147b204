/** The types of value that a volume may be made of. */
export type VolumeType = 'int16' | 'float32';

const wholeNumbers = {
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  // Beyond these a number of JSON or of JavaScript is no longer the one that was written.
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const satisfies Record<string, readonly [number, number]>;

/** Why a tensor of a type does not hold a number as it is, in words; undefined where it does. */
export function unheld(type: keyof typeof wholeNumbers | 'float32', value: number): string | undefined {
  if (type === 'float32') {
    return Number.isFinite(Math.fround(value))
      ? undefined
      : `float32 holds numbers from -3.4e38 to 3.4e38, and not ${value}`;
  }
  const [least, most] = wholeNumbers[type];
  return Number.isInteger(value) && value >= least && value <= most
    ? undefined
    : `${type} holds whole numbers from ${least} to ${most}, and not ${value}`;
}

/** The types of value that a volume may be made of. */
export type VolumeType = 'int16' | 'float32';

/** Why a tensor of a type does not hold a number as it is, in words; undefined where it does. */
export function unheld(type: VolumeType, value: number): string | undefined {
  if (type === 'int16') {
    const isHeld = Number.isInteger(value) && value >= -32768 && value <= 32767;
    return isHeld ? undefined : `int16 holds whole numbers from -32768 to 32767, and not ${value}`;
  }
  return Number.isFinite(Math.fround(value))
    ? undefined
    : `float32 holds numbers from -3.4e38 to 3.4e38, and not ${value}`;
}

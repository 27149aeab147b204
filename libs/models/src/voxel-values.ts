import {
  attributeName,
  modalityTransform,
  paddingOf,
  rescaled,
  tags,
  valueText,
  type Dataset,
  type DecodedFrame,
} from '@prelector/dicom';
import { modelError } from './errors.js';
import { unheld } from './tensor-range.js';

/** The voxels of a volume. */
export type Voxels = Int16Array | Float32Array;

type Padding = ReturnType<typeof paddingOf>;

/**
 * Writes the values of a frame into its place in a volume: modality LUT applied (PS3.3 C.11.1), padding
 * replaced by `outside`, and for int16 rounded. Throws `model.values-unusable` where a value is none that 16
 * bits hold, or float32, `outside` included: cut off it would be another number.
 */
export function writeValues(target: Voxels, frame: DecodedFrame, attributes: Dataset, outside: number): void {
  const unfit = unheld(target instanceof Int16Array ? 'int16' : 'float32', outside);
  if (unfit !== undefined) throw modelError('model.values-unusable', `the value for padding: ${unfit}`);
  const transform = modalityTransform(attributes);
  const padding = paddingOf(attributes);
  if (transform.kind === 'lut') {
    const values = rescaled(frame, attributes, 0, outside);
    if (!writeAny(target, values, 1, 0, undefined, outside)) throw beyond(target, attributes);
    return;
  }
  const { slope, intercept } = transform;
  const short = target instanceof Int16Array ? asInt16(frame) : undefined;
  if (short === undefined || slope !== 1 || !staysShort(frame, intercept)) {
    if (!writeAny(target, frame.pixels, slope, intercept, padding, outside)) throw beyond(target, attributes);
    return;
  }
  if (intercept === 0) target.set(short);
  else writeShifted(target as Int16Array, short, intercept);
  if (padding !== undefined) writePadding(target as Int16Array, short, padding, outside);
}

function beyond(target: Voxels, attributes: Dataset) {
  const named = [
    tags.RescaleSlope,
    tags.RescaleIntercept,
    tags.ModalityLUTSequence,
    tags.PixelRepresentation,
    tags.BitsStored,
    tags.PixelPaddingValue,
  ].map((tag) => `${attributeName(tag)} ${valueText(attributes[tag])}`);
  const held = target instanceof Int16Array ? '16 bits' : 'float32';
  return modelError('model.values-unusable', `values beyond ${held} by ${named.join(', ')}`);
}

/** The pixels as signed 16-bit values where that changes none of them: the usual CT, unsigned or not. */
function asInt16({ pixels, bitsStored }: DecodedFrame): Int16Array | undefined {
  if (pixels instanceof Int16Array) return pixels;
  if (!(pixels instanceof Uint16Array) || bitsStored > 15) return undefined;
  return new Int16Array(pixels.buffer, pixels.byteOffset, pixels.length);
}

/** True when no stored value leaves 16 bits by a whole intercept. */
function staysShort({ bitsStored, signed }: DecodedFrame, intercept: number): boolean {
  const least = signed ? -(2 ** (bitsStored - 1)) : 0;
  const most = signed ? 2 ** (bitsStored - 1) - 1 : 2 ** bitsStored - 1;
  return Number.isInteger(intercept) && least + intercept >= -32768 && most + intercept <= 32767;
}

// One type of array in each of these loops, and nothing else, makes them ten times as fast as the general one.

/** Adds two samples at a time: their low 15 bits by one addition, the sums' signs by exclusive or. */
function writeShifted(target: Int16Array, stored: Int16Array, intercept: number): void {
  target.set(stored);
  const first = target.byteOffset % 4 === 0 ? 0 : 1;
  const pairs = new Int32Array(target.buffer, target.byteOffset + first * 2, (stored.length - first) >> 1);
  const both = (intercept & 0xffff) | (intercept << 16);
  const low = both & 0x7fff7fff;
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index] as number;
    pairs[index] = ((pair & 0x7fff7fff) + low) ^ ((pair ^ both) & ~0x7fff7fff);
  }
  if (first === 1) target[0] = (stored[0] as number) + intercept;
  if ((stored.length - first) % 2 === 1) {
    target[stored.length - 1] = (stored[stored.length - 1] as number) + intercept;
  }
}

function writePadding(
  target: Int16Array,
  stored: Int16Array,
  { from, to }: NonNullable<Padding>,
  outside: number,
): void {
  for (let index = 0; index < stored.length; index++) {
    const value = stored[index] as number;
    if (value >= from && value <= to) target[index] = outside;
  }
}

/** The least number that float32 rounds to infinity: half a step behind the greatest that it holds. */
const BEYOND_FLOAT32 = 2 ** 128 - 2 ** 103;

/** False when a value does not fit, which leaves the target half written. */
function writeAny(
  target: Voxels,
  stored: DecodedFrame['pixels'],
  slope: number,
  intercept: number,
  padding: Padding,
  outside: number,
): boolean {
  const { from, to } = padding ?? { from: Infinity, to: -Infinity };
  const whole = target instanceof Int16Array;
  for (let index = 0; index < stored.length; index++) {
    const sample = stored[index] as number;
    const value = sample >= from && sample <= to ? outside : sample * slope + intercept;
    const written = whole ? Math.round(value) : value;
    if (whole ? !(written >= -32768 && written <= 32767) : Math.abs(value) >= BEYOND_FLOAT32) return false;
    target[index] = written;
  }
  return true;
}

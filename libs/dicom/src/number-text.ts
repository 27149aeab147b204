import { dicomError } from './errors.js';

const DS_LENGTH = 16;

/**
 * A number as a Decimal String (PS3.5 section 6.2): at most 16 characters, with as many digits as fit and
 * its exponent kept.
 *
 * @throws `dicom.invalid-value` for NaN and the infinities.
 */
export function formatDs(value: number): string {
  if (!Number.isFinite(value)) throw dicomError('dicom.invalid-value', 'a Decimal String that is no number');
  if (value === 0) return '0';
  for (let digits = 17; digits > 0; digits--) {
    const plain = String(Number(value.toPrecision(digits)));
    const text = [plain, value.toExponential(digits - 1)].find(
      // Rounding may carry the largest numbers into infinity.
      (each) => each.length <= DS_LENGTH && Number.isFinite(Number(each)),
    );
    if (text !== undefined) return text;
  }
  throw dicomError('dicom.invalid-value', 'a Decimal String that does not fit');
}

/**
 * A number as an Integer String (PS3.5 section 6.2), between -2^31 and 2^31 - 1.
 *
 * @throws `dicom.invalid-value` for anything else.
 */
export function formatIs(value: number): string {
  if (!isInteger32(value)) {
    throw dicomError('dicom.invalid-value', 'an Integer String that is no 32-bit integer');
  }
  return String(value === 0 ? 0 : value);
}

/** True for what an Integer String can hold. */
export function isInteger32(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}

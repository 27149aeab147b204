import { constants, inflateRawSync } from 'node:zlib';
import { limits } from '@prelector/kernel';
import { dicomError } from './errors.js';

/** What is inflated first of a data set whose head is enough; then four times as much, until it is. */
const FIRST_HEAD = 16 * 1024;
const GROWTH = 4;

/**
 * The most bytes that so many deflated ones may become: enough for any real object, and no more memory than
 * the sender has paid for.
 */
export function inflatedBound(deflatedBytes: number): number {
  const earned = Math.max(limits.inflationFloorBytes, limits.inflationRatio * deflatedBytes);
  return Math.min(limits.inflatedBytes, earned);
}

/**
 * A deflated data set (PS3.5 section A.5), whole.
 *
 * @throws `dicom.too-large` beyond `maxBytes`, `dicom.truncated`, `dicom.malformed`
 */
export function inflate(deflated: Uint8Array, maxBytes: number): Uint8Array {
  return inflated(deflated, maxBytes, constants.Z_FINISH);
}

/** What longer and longer heads of a deflated data set inflate to; the last is all there is, cut off or not. */
export function* inflatedHeads(deflated: Uint8Array, maxBytes: number): Generator<Uint8Array, void, void> {
  for (let size = FIRST_HEAD; ; size *= GROWTH) {
    yield inflated(deflated.subarray(0, size), maxBytes, constants.Z_SYNC_FLUSH);
    if (size >= deflated.length) return;
  }
}

function inflated(deflated: Uint8Array, maxOutputLength: number, finishFlush: number): Uint8Array {
  try {
    const bytes = inflateRawSync(deflated, { maxOutputLength, finishFlush });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (thrown) {
    const code = (thrown as { code?: unknown }).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw dicomError('dicom.too-large', 'deflated data set');
    if (code === 'Z_BUF_ERROR') throw dicomError('dicom.truncated', 'in the deflated data set');
    throw dicomError('dicom.malformed', 'deflated data set', { cause: thrown });
  }
}

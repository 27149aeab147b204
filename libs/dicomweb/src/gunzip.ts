import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { limits } from '@prelector/kernel';
import { dicomwebError } from './errors.js';

/**
 * A body unpacked, as long as it grows no more than any real answer does: a few kilobytes must not become
 * gigabytes. It ends in `dicomweb.too-large` where it does.
 */
export function gunzipped(body: Readable): Readable {
  const gunzip = createGunzip();
  let unpacked = 0;
  const bounded = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      unpacked += chunk.length;
      // What zlib has taken, not what has arrived: that may lie before it in a buffer.
      const allowed = Math.max(limits.gunzipFloorBytes, limits.inflationRatio * gunzip.bytesWritten);
      if (unpacked > allowed) done(dicomwebError('dicomweb.too-large', 'an answer packed too tightly'));
      else done(null, chunk);
    },
  });
  // Its failure is that of the last stream, which may also be dropped before anybody reads it.
  pipeline(body, gunzip, bounded, () => undefined);
  bounded.on('error', () => undefined);
  return bounded;
}

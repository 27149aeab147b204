import { encapsulatedFrame } from './codecs.js';
import type { DecodedFrame } from './decoded-frame.js';
import { layoutOf } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { frameCount } from './frames.js';
import { nativeFrame } from './native-pixels.js';
import { frameBits, holdsMore } from './pixel-data.js';
import type { Part10 } from './read-part10.js';
import { tags } from './tags.js';

/** Bits allocated that Float (PS3.3 C.7.6.24) and Double Float Pixel Data fix. */
const FLOAT_BITS: Readonly<Record<string, number>> = { OF: 32, OD: 64 };

/**
 * Decodes one frame (from 0) of a file to its stored values.
 *
 * @throws `dicom.no-pixel-data`, `dicom.no-such-frame`, `dicom.pixel-data-mismatch`,
 *   `dicom.transfer-syntax-unsupported` naming the UID, `dicom.pixels-undecodable`.
 */
export async function decodePixels(part10: Part10, frame = 0): Promise<DecodedFrame> {
  const { dataset, pixelData, transferSyntaxUid } = part10;
  if (!pixelData) throw dicomError('dicom.no-pixel-data');
  if (pixelData.beside) {
    const attributes = [tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData];
    const named = attributes.map(attributeName).join(', ');
    throw dicomError('dicom.pixel-data-mismatch', `more than one is there of ${named}`);
  }
  const count = frameCount(dataset);
  if (!Number.isInteger(frame) || frame < 0 || frame >= count) {
    throw dicomError('dicom.no-such-frame', `frame ${frame} of ${count}`);
  }
  if (pixelData.frames.length !== count) {
    throw mismatch(`${count} frames do not fit the pixel data`);
  }
  const bytes = pixelData.frames[frame] as Uint8Array;
  const layout = layoutOf(dataset, FLOAT_BITS[pixelData.vr]);
  const needed = Math.ceil(frameBits(dataset) / 8);
  const misfits = bytes.length < needed || (needed > 0 && holdsMore(bytes, needed));
  if (!pixelData.encapsulated && misfits) {
    throw mismatch(`${bytes.length} bytes where ${needed} are due`);
  }
  if (!pixelData.encapsulated) return nativeFrame(bytes, layout, pixelData.vr);
  return encapsulatedFrame(bytes, layout, transferSyntaxUid);
}

/** Which attribute is wrong the data cannot tell; so all are named that they contradict together. */
function mismatch(what: string) {
  const attributes = [tags.NumberOfFrames, tags.Rows, tags.Columns, tags.BitsAllocated, tags.SamplesPerPixel];
  return dicomError('dicom.pixel-data-mismatch', `${what}: ${attributes.map(attributeName).join(', ')}`);
}

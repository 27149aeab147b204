import type { DecodedFrame, PixelLayout } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { nativeFrame } from './native-pixels.js';
import type { StreamHeader } from './stream-header.js';
import { tags } from './tags.js';

/** By how much of their range a cosine transform may carry samples beyond the bits stored. */
const OVERSHOOT = 1 / 16;

/**
 * Refuses a frame whose samples are other numbers by the precision and the sign that the compressed stream
 * states than by Bits Stored, High Bit and Pixel Representation of the header: which of them is right nothing
 * tells (PS3.5 section 8.2). Headers that contradict and change no value are common, and pass; so do bits
 * that the header gives to an overlay. `bytes` are what the decoder gave, in the given layout. The sign of
 * samples of lossless JPEG is the header's, be it repeated in the bits above the stored ones or not: nothing
 * else states one, and native samples may be written so (PS3.5 section 8.1.1). JPEG-LS states none either, but
 * there readers differ over samples of more bits than are stored.
 *
 * @throws `dicom.pixel-data-mismatch` naming the attribute and both values.
 */
export function checkStreamValues(
  { precision, signed, process }: StreamHeader,
  bytes: Uint8Array,
  layout: PixelLayout,
  { pixels }: DecodedFrame,
  overshoots: boolean,
): void {
  const { bitsStored, highBit } = layout;
  // Some writers put two's complement into unsigned samples, of more bits than are stored too: the sign is the header's.
  const isComplement = signed === false && precision >= bitsStored;
  const asSigned = isComplement ? layout.signed : (signed ?? layout.signed);
  if (precision === bitsStored && highBit === bitsStored - 1 && asSigned === layout.signed) return;
  const own = { ...layout, bitsStored: precision, highBit: precision - 1, signed: asSigned };
  const stated = nativeFrame(bytes, own, 'OW').pixels;
  const most = 2 ** bitsStored - 1;
  const furthest = overshoots ? most * (1 + OVERSHOOT) : 0;
  const overlays = layout.overlayBits ?? 0;
  // Compared are the bits that the stream has; those above repeat the sign.
  const beside = overlays | (precision < 32 ? -1 << precision : 0);
  const mayBeCut = process === 'jpeg-lossless' && layout.signed && precision > bitsStored;
  if (mayBeCut && highBit === bitsStored - 1 && isCut(bytes, layout)) return;
  for (let index = 0; index < pixels.length; index++) {
    const [ours, theirs] = [pixels[index] as number, stated[index] as number];
    if (ours === theirs || (ours === most && theirs > most && theirs <= furthest)) continue;
    if (overlays !== 0 && ((ours ^ theirs) & ~beside) === 0) continue;
    throw dicomError('dicom.pixel-data-mismatch', contradiction(precision, signed, layout));
  }
}

/** Whether no sample has a bit above the stored ones that the header gives to no overlay. */
function isCut(bytes: Uint8Array, layout: PixelLayout): boolean {
  const { bitsStored, bitsAllocated } = layout;
  const whole = { ...layout, bitsStored: bitsAllocated, highBit: bitsAllocated - 1, signed: false };
  const above = bitsStored < 32 ? (-1 << bitsStored) & ~(layout.overlayBits ?? 0) : 0;
  return nativeFrame(bytes, whole, 'OW').pixels.every((sample: number) => (sample & above) === 0);
}

function contradiction(precision: number, signed: boolean | undefined, layout: PixelLayout): string {
  const kind = (hasSign: boolean) => (hasSign ? 'signed' : 'unsigned');
  if (signed !== undefined && signed !== layout.signed) {
    const stated = `${attributeName(tags.PixelRepresentation)} is ${layout.signed ? 1 : 0}, ${kind(layout.signed)}`;
    return `${stated}, and the samples of the stream are ${kind(signed)}: some are other numbers by it`;
  }
  const stated =
    precision === layout.bitsStored
      ? `${attributeName(tags.HighBit)} is ${layout.highBit}`
      : `${attributeName(tags.BitsStored)} is ${layout.bitsStored}`;
  // Either may be the wrong one, where only the header states a sign.
  const sign =
    signed === undefined ? ` and ${attributeName(tags.PixelRepresentation)} ${layout.signed ? 1 : 0}` : '';
  return `${stated}, and the samples of the stream have ${precision} bits: some are other numbers by it${sign}`;
}

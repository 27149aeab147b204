import type { PixelLayout } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError } from './errors.js';
import { tags } from './tags.js';

const HEADER = 64;
const MAX_SEGMENTS = 15;
const SIZE = `${attributeName(tags.Rows)} and ${attributeName(tags.Columns)}`;

/**
 * Decodes a frame in RLE (PS3.5 annex G) to little endian samples, interleaved; single bits stay packed. Own
 * code because the decoder of dcmjs-codecs takes a stream that is cut off for a picture with a black rest.
 *
 * @throws `dicom.pixels-undecodable` when segments are missing or cut off; `dicom.pixel-data-mismatch` when they are
 *   more or longer than the attributes say.
 */
export function decodeRle(stream: Uint8Array, layout: PixelLayout): Uint8Array {
  const pixels = layout.rows * layout.columns;
  const packed = layout.bitsAllocated === 1;
  const sampleBytes = packed ? 1 : layout.bitsAllocated / 8;
  const planeSize = packed ? Math.ceil(pixels / 8) : pixels;
  const count = sampleBytes * layout.samplesPerPixel;
  const out = new Uint8Array(planeSize * count);
  segmentsOf(stream, layout, count).forEach((segment, index) => {
    const sample = Math.floor(index / sampleBytes);
    // The most significant byte of a sample comes first (G.2), and here goes last.
    const byte = sampleBytes - 1 - (index % sampleBytes);
    unpack(segment, out, sample * sampleBytes + byte, count, planeSize);
  });
  return out;
}

function segmentsOf(stream: Uint8Array, layout: PixelLayout, count: number): Uint8Array[] {
  if (stream.length < HEADER) throw undecodable('no header');
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const stated = view.getUint32(0, true);
  if (stated === 0 || stated > MAX_SEGMENTS) throw undecodable('number of segments');
  if (stated !== count) {
    const allocated = `${attributeName(tags.BitsAllocated)} is ${layout.bitsAllocated}`;
    const samples = `${attributeName(tags.SamplesPerPixel)} ${layout.samplesPerPixel}`;
    throw misfit(`${allocated} and ${samples}, and the stream has ${stated} bytes to a pixel`);
  }
  const starts = Array.from({ length: count }, (_, index) => view.getUint32(4 + index * 4, true));
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? stream.length;
    if (start < HEADER || end <= start || end > stream.length) throw undecodable('bounds of segments');
    return stream.subarray(start, end);
  });
}

/**
 * PackBits (G.3.2) into every `step`-th byte from `first`. Bytes that stand behind the last pixel are decoded too: one
 * row more is a few of them. Zeros to the end of the segment are its padding (G.3.1, and more of them to a multiple of
 * some bytes): no row is written as pixels of zero one by one.
 */
function unpack(segment: Uint8Array, out: Uint8Array, first: number, step: number, size: number): void {
  const end = first + size * step;
  let to = first;
  let from = 0;
  while (from < segment.length) {
    if (to === end && isZero(segment.subarray(from))) return;
    const control = segment[from++] as number;
    if (control === 128) continue;
    const literal = control < 128;
    const run = literal ? control + 1 : 257 - control;
    const isWhole = from + (literal ? run : 1) <= segment.length;
    if (!isWhole && to < end) throw undecodable(`a run ends before ${SIZE} are reached`);
    for (let index = 0; index < run; index++, to += step) {
      const value = segment[literal ? from + index : from];
      if (value === undefined) break;
      if (to < end) out[to] = value;
      else if (to > end || value !== 0) throw misfit(`the stream holds more than ${SIZE} say`);
    }
    from += literal ? run : 1;
  }
  if (to < end) throw undecodable(`a segment ends before ${SIZE} are reached`);
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
const misfit = (what: string) => dicomError('dicom.pixel-data-mismatch', `RLE: ${what}`);

function undecodable(what: string) {
  return dicomError('dicom.pixels-undecodable', `RLE: ${what}`);
}

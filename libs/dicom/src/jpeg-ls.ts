import type { Charls } from '@cornerstonejs/codec-charls/decodewasmjs';
import { dicomError } from './errors.js';

/** What a JPEG-LS stream decodes to: samples of one byte up to 8 bits of precision, else of two, little endian. */
export interface JpegLsPicture {
  readonly bytes: Uint8Array;
  /** True where the samples come plane by plane: interleave mode 0 (ISO 14495-1 C.2.3), which grey has too. */
  readonly planar: boolean;
}

/** Memory of WebAssembly grows with the biggest frame and never shrinks; beyond this it is given back at once. */
const KEPT_BYTES = 256 * 1024 * 1024;

let loaded: Promise<Charls> | undefined;

/**
 * Decodes a JPEG-LS stream, whose header the caller has held against the attributes.
 *
 * @throws `dicom.pixels-undecodable`
 */
export async function decodeJpegLs(stream: Uint8Array): Promise<JpegLsPicture> {
  const charls = await (loaded ??= load());
  try {
    const decoder = new charls.JpegLSDecoder();
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    const bytes = new Uint8Array(decoder.getDecodedBuffer());
    const picture = { bytes, planar: decoder.getInterleaveMode() === 0 };
    decoder.delete();
    if (charls.HEAPU8.length > KEPT_BYTES) loaded = undefined;
    return picture;
  } catch (thrown) {
    // No destructor has run, and a bad stream may have written over the memory: it all goes.
    loaded = undefined;
    throw dicomError('dicom.pixels-undecodable', 'decodeJpegLs', { cause: causeOf(thrown, charls) });
  }
}

function causeOf(thrown: unknown, charls: Charls): unknown {
  if (typeof thrown !== 'number') return thrown;
  try {
    return new Error(charls.getExceptionMessage(thrown));
  } catch {
    return new Error('an exception that cannot be read');
  }
}

async function load(): Promise<Charls> {
  const { default: instantiate } = await import('@cornerstonejs/codec-charls/decodewasmjs');
  return instantiate();
}

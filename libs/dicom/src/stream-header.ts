/** What a compressed stream says of the picture in it. */
export interface StreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  /** Bits of one sample. */
  readonly precision: number;
  /** Whether samples have a sign; JPEG and JPEG-LS do not say. */
  readonly signed?: boolean;
  /** Of a JPEG stream without a cosine transform (ISO 10918-1 annex H). */
  readonly process?: 'jpeg-lossless';
}

/** SOF3, SOF7, SOF11 and SOF15 (ISO 10918-1 table B.1). */
const LOSSLESS = new Set([0xc3, 0xc7, 0xcb, 0xcf]);
const MAX_MARKERS = 1000;
/** Before the codestream some writers put the boxes of a JP2 file. */
const JP2_BOXES = 65_536;
const SIZ = Buffer.of(0xff, 0x4f, 0xff, 0x51);

/**
 * The frame header of a JPEG (ISO 10918-1 B.2.2) or JPEG-LS (ISO 14495-1 C.2.2) stream, or undefined when it
 * has none.
 */
export function jpegHeader(stream: Uint8Array): StreamHeader | undefined {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let at = 2;
  if (stream[0] !== 0xff || stream[1] !== 0xd8) return undefined;
  for (let count = 0; count < MAX_MARKERS && at + 10 <= stream.length; count++) {
    if (stream[at] !== 0xff) return undefined;
    const marker = stream[at + 1] as number;
    if (isFrameHeader(marker)) {
      return {
        precision: stream[at + 4] as number,
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        samples: stream[at + 9] as number,
        ...(LOSSLESS.has(marker) ? { process: 'jpeg-lossless' as const } : {}),
      };
    }
    // Any number of FF may stand before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15 without DHT, JPG and DAC that lie among them, and SOF55 of JPEG-LS. */
function isFrameHeader(marker: number): boolean {
  if (marker === 0xf7) return true;
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** The SIZ segment of a JPEG 2000 or HTJ2K codestream (ISO 15444-1 A.5.1), or undefined when it has none. */
export function jpeg2000Header(stream: Uint8Array): StreamHeader | undefined {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const start = bytes.subarray(0, JP2_BOXES).indexOf(SIZ);
  if (start < 0 || start + 43 > bytes.length) return undefined;
  const segment = bytes.subarray(start + 4);
  return {
    columns: segment.readUInt32BE(4) - segment.readUInt32BE(12),
    rows: segment.readUInt32BE(8) - segment.readUInt32BE(16),
    samples: segment.readUInt16BE(36),
    precision: ((segment[38] as number) & 0x7f) + 1,
    signed: ((segment[38] as number) & 0x80) !== 0,
  };
}

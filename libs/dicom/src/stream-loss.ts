/** What a compressed stream says of loss; `words` says why. */
export type StreamLoss =
  { readonly lossy: 'no' } | { readonly lossy: 'yes' | 'unknown'; readonly words: string };

/**
 * Transfer syntaxes (PS3.5 section 10) that lose nothing; JPEG, JPEG-LS and JPEG 2000 ones are judged by their
 * streams, for a stream may be other than its syntax promises.
 */
const LOSSLESS = new Set(
  ['', '.1', '.1.98', '.1.99', '.2', '.5', '.8.1', '.4.110'].map((end) => `1.2.840.10008.1.2${end}`),
);
const JPEG = /^1\.2\.840\.10008\.1\.2\.4\.(?:5\d|6\d|70)$/u;
const JPEG_LS = /^1\.2\.840\.10008\.1\.2\.4\.8[01]$/u;
const JPEG_2000 = /^1\.2\.840\.10008\.1\.2\.4\.(?:9[0-3]|20[1-3])$/u;
/** JPEG 2000 whose syntax promises that nothing is lost. */
const PROMISES_LOSSLESS = /\.4\.(?:90|92|201|202)$/u;

const lossless: StreamLoss = { lossy: 'no' };

/** Whether the stream of a frame, in a transfer syntax, lost anything of the picture. */
export function streamLoss(transferSyntaxUid: string, stream: Uint8Array | undefined): StreamLoss {
  if (LOSSLESS.has(transferSyntaxUid)) return lossless;
  const unknown: StreamLoss = {
    lossy: 'unknown',
    words: `transfer syntax ${transferSyntaxUid.slice(0, 64)}`,
  };
  if (stream === undefined) return unknown;
  if (JPEG_LS.test(transferSyntaxUid)) return jpegLsLoss(stream) ?? unknown;
  if (JPEG.test(transferSyntaxUid)) return jpegLoss(stream) ?? unknown;
  if (JPEG_2000.test(transferSyntaxUid)) {
    return jpeg2000Loss(stream, PROMISES_LOSSLESS.test(transferSyntaxUid)) ?? unknown;
  }
  return unknown;
}

/** The largest NEAR of the scans of a JPEG-LS stream (ISO 14495-1 C.2.3): how far a sample may be off. */
function jpegLsLoss(stream: Uint8Array): StreamLoss | undefined {
  const scans = segments(stream, (marker) => marker === 0xda);
  if (scans.length === 0) return undefined;
  const near = Math.max(...scans.map((at) => stream[at + 5 + 2 * (stream[at + 4] as number)] ?? 255));
  return near === 0 ? lossless : { lossy: 'yes', words: `JPEG-LS near-lossless, values up to ${near} off` };
}

/** Sequential lossless processes are SOF3, 7, 11 and 15 (ISO 10918-1 table B.1); all others have a transform. */
function jpegLoss(stream: Uint8Array): StreamLoss | undefined {
  const [at] = segments(stream, (marker) => /^c(?![48c])/u.test(marker.toString(16)));
  if (at === undefined) return undefined;
  const process = (stream[at + 1] as number) & 0x03;
  return process === 3 ? lossless : { lossy: 'yes', words: 'JPEG' };
}

const COD = Buffer.of(0xff, 0x52);
const SIZ = Buffer.of(0xff, 0x4f, 0xff, 0x51);

/** The wavelet of JPEG 2000 (ISO 15444-1 table A.20): 9-7 rounds; 5-3 loses nothing unless it is cut short. */
function jpeg2000Loss(stream: Uint8Array, promisesLossless: boolean): StreamLoss | undefined {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const start = bytes.indexOf(SIZ);
  const at = start < 0 ? -1 : bytes.indexOf(COD, start + 4);
  const wavelet = at < 0 ? undefined : bytes[at + 13];
  if (wavelet === undefined) return undefined;
  if (wavelet === 0) return { lossy: 'yes', words: 'JPEG 2000 with an irreversible transform' };
  return promisesLossless ? lossless : { lossy: 'unknown', words: 'JPEG 2000 in a syntax that allows loss' };
}

/** Where the wanted marker segments of a JPEG or JPEG-LS stream begin: at their FF. */
function segments(stream: Uint8Array, isWanted: (marker: number) => boolean): number[] {
  const found: number[] = [];
  let at = 2;
  while (at + 4 <= stream.length) {
    const marker = stream[at + 1] as number;
    // Within a scan FF is followed by 00, or by a bit of 0 in JPEG-LS, or it is a restart.
    if (stream[at] !== 0xff || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd7) || marker === 0xff)
      at += 1;
    else if (marker === 0xd9) break;
    else {
      if (isWanted(marker)) found.push(at);
      at += 2 + (stream[at + 2] as number) * 256 + (stream[at + 3] as number);
    }
  }
  return found;
}

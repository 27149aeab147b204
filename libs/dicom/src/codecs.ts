import { inflateRawSync } from 'node:zlib';
import type { Context, NativeCodecs } from 'dcmjs-codecs';
import type { DecodedFrame, PixelLayout } from './decoded-frame.js';
import { attributeName } from './dictionary.js';
import { dicomError, tagText } from './errors.js';
import { decodeJpegLs } from './jpeg-ls.js';
import { nativeFrame } from './native-pixels.js';
import { decodeRle } from './rle.js';
import { jpeg2000Header, jpegHeader, type StreamHeader } from './stream-header.js';
import { checkStreamValues } from './stream-values.js';
import { tags } from './tags.js';
import { isUid } from './uid.js';
import { widened } from './widened.js';

interface Codecs {
  readonly NativeCodecs: typeof NativeCodecs;
  readonly Context: typeof Context;
}

type NativeDecoder = 'decodeJpeg' | 'decodeJpeg2000' | 'decodeHtJpeg2000';
type Decoder = NativeDecoder | 'decodeJpegLs';

/** What comes out of a decoder: samples of whole bytes, pixel by pixel or plane by plane. */
interface Decoded {
  readonly bytes: Uint8Array;
  readonly planar: boolean;
}

/**
 * The decoder of each transfer syntax (PS3.5 annex A.4). The JPEG one reads every process of ISO 10918-1 in
 * 8, 12 and 16 bits: sequential, progressive and lossless with any predictor.
 */
const DECODERS = new Map<string, Decoder>(
  Object.entries({
    '1.2.840.10008.1.2.4.50': 'decodeJpeg',
    '1.2.840.10008.1.2.4.51': 'decodeJpeg',
    '1.2.840.10008.1.2.4.53': 'decodeJpeg',
    '1.2.840.10008.1.2.4.55': 'decodeJpeg',
    '1.2.840.10008.1.2.4.57': 'decodeJpeg',
    '1.2.840.10008.1.2.4.70': 'decodeJpeg',
    '1.2.840.10008.1.2.4.80': 'decodeJpegLs',
    '1.2.840.10008.1.2.4.81': 'decodeJpegLs',
    '1.2.840.10008.1.2.4.90': 'decodeJpeg2000',
    '1.2.840.10008.1.2.4.91': 'decodeJpeg2000',
    '1.2.840.10008.1.2.4.201': 'decodeHtJpeg2000',
    '1.2.840.10008.1.2.4.202': 'decodeHtJpeg2000',
    '1.2.840.10008.1.2.4.203': 'decodeHtJpeg2000',
  }),
);

const RLE = '1.2.840.10008.1.2.5';
const DEFLATED_FRAME = '1.2.840.10008.1.2.8.1';

/** JPEG processes with a cosine transform, which may overshoot the bits stored. */
const TRANSFORMED = /\.4\.5[0135]$/u;

/** How far from the end FFD9 may stand: padding follows it. */
const TAIL = 1024;
const END = Buffer.of(0xff, 0xd9);

/** The decoders cut samples of more bits off, and say nothing. */
const MOST_PRECISION = 16;
/** Beyond these no sample of a stream can be shifted to the bits stored. */
const MOST_STORED = 32;

let loaded: Promise<Codecs> | undefined;

/** True for a transfer syntax whose encapsulated frames can be decoded. */
export function canDecode(transferSyntaxUid: string): boolean {
  return [RLE, DEFLATED_FRAME].includes(transferSyntaxUid) || DECODERS.has(transferSyntaxUid);
}

/**
 * Decodes the stream of one encapsulated frame.
 *
 * @throws `dicom.transfer-syntax-unsupported` naming the UID, `dicom.pixels-undecodable`,
 *   `dicom.pixel-data-mismatch` when what comes out is no frame of this layout, or holds other numbers by the
 *   stream than by the layout.
 */
export async function encapsulatedFrame(
  stream: Uint8Array,
  layout: PixelLayout,
  transferSyntaxUid: string,
): Promise<DecodedFrame> {
  if (transferSyntaxUid === DEFLATED_FRAME) return nativeFrame(inflated(stream, layout), layout, 'OB');
  if (transferSyntaxUid === RLE) {
    return nativeFrame(decodeRle(stream, layout), { ...layout, planar: false }, 'OW');
  }
  const decoder = DECODERS.get(transferSyntaxUid);
  if (decoder === undefined) {
    const named = isUid(transferSyntaxUid) ? transferSyntaxUid : 'unreadable';
    throw dicomError('dicom.transfer-syntax-unsupported', named);
  }
  if (!hasEnd(stream)) throw dicomError('dicom.pixels-undecodable', `${decoder}: the stream is cut off`);
  if (holdsSecond(stream)) {
    throw misfit(`the stream of a frame holds another one: Number of Frames ${tagText(tags.NumberOfFrames)}`);
  }
  const header = checkedHeader(decoder, stream, layout);
  const picture =
    decoder === 'decodeJpegLs' ? await decodeJpegLs(stream) : await decoded(decoder, stream, layout, header);
  const overshoots = TRANSFORMED.test(transferSyntaxUid) && !layout.signed;
  const photometricInterpretation = decodedColour(decoder, layout);
  const bytes = samplesAsStored(picture.bytes, header, layout);
  const own = { ...decodedLayout(picture, header, layout), photometricInterpretation };
  const frame = nativeFrame(bytes, own, 'OW', { overshoots });
  checkStreamValues(header, bytes, own, frame, overshoots);
  return frame;
}

/** Only JPEG-LS leaves colour as it is; nothing is subsampled any more in what a decoder gives. */
function decodedColour(
  decoder: Decoder,
  { samplesPerPixel, photometricInterpretation }: PixelLayout,
): string {
  if (samplesPerPixel === 3 && decoder !== 'decodeJpegLs') return 'RGB';
  return photometricInterpretation === 'YBR_FULL_422' ? 'YBR_FULL' : photometricInterpretation;
}

/** Bits of the whole samples in memory that hold as many as these. */
function bitsOfSample(bits: number): number {
  if (bits <= 8) return 8;
  return bits <= 16 ? 16 : 32;
}

/**
 * The layout of the samples that a stream holds. Bits Allocated says how they would lie in native Pixel Data;
 * how they lie in the stream only the stream says (PS3.5 section 8.2).
 */
function decodedLayout({ planar }: Decoded, header: StreamHeader, layout: PixelLayout): PixelLayout {
  const bitsAllocated = bitsOfSample(Math.max(header.precision, layout.bitsStored));
  const highBit = layout.bitsAllocated === 1 ? 0 : Math.min(layout.highBit, bitsAllocated - 1);
  return { ...layout, bitsAllocated, highBit, planar: planar && layout.samplesPerPixel > 1 };
}

/** What a decoder gives, in as many bytes as the precision takes, wide enough for the bits stored. */
function samplesAsStored(
  bytes: Uint8Array,
  { precision, signed = false }: StreamHeader,
  layout: PixelLayout,
): Uint8Array {
  const samples = layout.rows * layout.columns * layout.samplesPerPixel;
  const bits = bitsOfSample(precision);
  if (bytes.length !== (samples * bits) / 8) {
    throw misfit(`${bytes.length} bytes decoded for ${samples} samples of ${precision} bits`);
  }
  return widened(bytes, bits, bitsOfSample(Math.max(precision, layout.bitsStored)), signed);
}

/** The decoder is told what the stream says of its samples: by another sign some cut values off. */
async function decoded(
  decoder: NativeDecoder,
  stream: Uint8Array,
  layout: PixelLayout,
  { precision, signed = layout.signed }: StreamHeader,
): Promise<Decoded> {
  const { NativeCodecs, Context } = await (loaded ??= load());
  try {
    const context = new Context({
      width: layout.columns,
      height: layout.rows,
      bitsAllocated: bitsOfSample(precision),
      bitsStored: precision,
      samplesPerPixel: layout.samplesPerPixel,
      pixelRepresentation: signed ? 1 : 0,
      planarConfiguration: 0,
      photometricInterpretation: layout.photometricInterpretation,
      encodedBuffer: stream,
    });
    const convertColorspaceToRgb = layout.samplesPerPixel === 3 && layout.photometricInterpretation !== 'RGB';
    const bytes = NativeCodecs[decoder](context, { convertColorspaceToRgb }).getDecodedBuffer();
    if (!bytes) throw new Error('no decoded buffer');
    return { bytes, planar: false };
  } catch (thrown) {
    // A decoder that threw leaves its memory allocated; the next frame gets a new instance.
    loaded = undefined;
    throw dicomError('dicom.pixels-undecodable', decoder, { cause: thrown });
  }
}

/**
 * True when the stream has its end: EOI of JPEG and JPEG-LS and EOC of JPEG 2000 are both FFD9, which can
 * stand nowhere in compressed data. Some decoders fill in what is cut off with grey and say nothing.
 */
function hasEnd(stream: Uint8Array): boolean {
  const tail = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength).subarray(-TAIL);
  return tail.includes(END);
}

/** How a stream begins: SOI with a marker behind it, SOC with SIZ, and the signature of a JP2 file. */
const FILL = new Set([0, 0xff]);
const STARTS = [
  Buffer.of(0xff, 0xd8, 0xff),
  Buffer.of(0xff, 0x4f, 0xff, 0x51),
  Buffer.of(0x0c, 0x6a, 0x50, 0x20),
];

/**
 * True when another stream begins where one ends, whatever the fragments and tables of offsets say: decoders read the
 * first and leave the others out. Between them may be zeros, or the bytes that fill up before a marker (ITU-T T.81 B.1.1.2).
 * A picture within a header, such as a thumbnail, stands behind a marker of its own.
 */
function holdsSecond(stream: Uint8Array): boolean {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  return STARTS.some((start) => {
    for (let at = bytes.indexOf(start, 1); at > 0; at = bytes.indexOf(start, at + 1)) {
      let end = at;
      while (end > 0 && FILL.has(bytes[end - 1] as number)) end -= 1;
      if (end >= END.length && bytes.subarray(end - END.length, end).equals(END)) return true;
    }
    return false;
  });
}

/** The decoders go by the attributes even where the stream holds another picture than those say. */
function checkedHeader(decoder: Decoder, stream: Uint8Array, layout: PixelLayout): StreamHeader {
  const jpeg = decoder === 'decodeJpeg' || decoder === 'decodeJpegLs';
  const header = jpeg ? jpegHeader(stream) : jpeg2000Header(stream);
  if (!header) throw dicomError('dicom.pixels-undecodable', `${decoder}: the stream has no header`);
  const differing = [
    stating(tags.Rows, layout.rows, header.rows),
    stating(tags.Columns, layout.columns, header.columns),
    stating(tags.SamplesPerPixel, layout.samplesPerPixel, header.samples),
  ].filter((each) => each !== undefined);
  if (differing.length > 0) throw misfit(differing.join('; '));
  const { precision } = header;
  if (precision > MOST_PRECISION) throw misfit(`the samples of the stream have ${precision} bits`);
  if (precision > layout.bitsAllocated && layout.bitsAllocated !== 1) {
    const allocated = `${attributeName(tags.BitsAllocated)} is ${layout.bitsAllocated}`;
    throw misfit(`${allocated}, and the samples of the stream have ${precision} bits`);
  }
  if (layout.bitsStored > MOST_STORED) {
    throw misfit(`${attributeName(tags.BitsStored)} is ${layout.bitsStored}, and the stream is compressed`);
  }
  return header;
}

function stating(tag: string, stated: number, found: number): string | undefined {
  return stated === found ? undefined : `${attributeName(tag)} is ${stated}, and ${found} in the stream`;
}

const misfit = (detail: string) => dicomError('dicom.pixel-data-mismatch', detail);

async function load(): Promise<Codecs> {
  const module = (await import('dcmjs-codecs')) as unknown as { default: Codecs & { log?: LevelledLog } };
  const codecs = module.default;
  codecs.log?.setLevel('silent');
  await codecs.NativeCodecs.initializeAsync();
  return codecs;
}

interface LevelledLog {
  setLevel(level: 'silent'): void;
}

function inflated(stream: Uint8Array, layout: PixelLayout): Uint8Array {
  const samples = layout.rows * layout.columns * layout.samplesPerPixel;
  const size = Math.ceil((samples * layout.bitsAllocated) / 8);
  try {
    // One byte of padding to even length may follow.
    return inflateRawSync(stream, { maxOutputLength: size + 1 });
  } catch (thrown) {
    throw dicomError('dicom.pixels-undecodable', 'deflated frame', { cause: thrown });
  }
}

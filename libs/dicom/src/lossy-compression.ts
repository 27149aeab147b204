import type { Dataset } from './dataset.js';
import { itemsOf, stringOf, stringsOf, valueText } from './dataset.js';
import { attributeName } from './dictionary.js';
import { streamLoss } from './stream-loss.js';
import { tags } from './tags.js';

/** Whether an image was ever compressed with loss. */
export interface Compression {
  readonly lossy: 'no' | 'yes' | 'unknown';
  /** In words, for a report. */
  readonly statement: string;
}

/** How the pixels of an image came, where that is known. */
export interface EncodedFrame {
  readonly transferSyntaxUid: string;
  /** The compressed stream of a frame; undefined for native pixel data. */
  readonly stream?: Uint8Array | undefined;
}

/** (113040, DCM, "Lossy Compression") of CID 7203, in Derivation Code Sequence. */
const LOSSY_DERIVATION = '113040';

/**
 * Whether the pixels of an image or frame went through lossy compression: by its attributes (PS3.3
 * C.7.6.1.1.5), which outlive the transfer syntax where an archive stores the image decompressed, and by the
 * stream it came in. A header that says nothing counts as none; one that cannot be read does not.
 */
export function compressionOf(image: Dataset, encoded?: EncodedFrame): Compression {
  const header = headerLoss(image);
  const stream = encoded ? streamLoss(encoded.transferSyntaxUid, encoded.stream) : { lossy: 'no' as const };
  if (header.lossy === 'yes' || stream.lossy === 'yes') {
    const words = [...methodWords(image), ...('words' in stream ? [stream.words] : [])];
    return { lossy: 'yes', statement: ['yes', ...words].join(', ') };
  }
  if (header.lossy === 'unknown') return { lossy: 'unknown', statement: header.words };
  // A stream that may be either is believed where the header states that nothing was lost.
  if (stream.lossy === 'unknown' && header.lossy !== 'no') {
    return { lossy: 'unknown', statement: `not known, ${stream.words}` };
  }
  return { lossy: 'no', statement: header.lossy === 'no' ? 'none' : 'none stated' };
}

interface HeaderLoss {
  readonly lossy: 'no' | 'yes' | 'unknown' | 'silent';
  readonly words: string;
}

function headerLoss(image: Dataset): HeaderLoss {
  const stated = valueText(image[tags.LossyImageCompression]);
  const flag = stringsOf(image, tags.LossyImageCompression);
  const formerly = stringsOf(image, tags.LossyImageCompressionRetired);
  const words = `${attributeName(tags.LossyImageCompression)} is unreadable: ${stated}`;
  // Of a frame its Derivation Image Functional Group says it (PS3.3 C.7.6.16.2.6).
  const isDerived = [image, ...itemsOf(image, tags.DerivationImageSequence)]
    .flatMap((each) => itemsOf(each, tags.DerivationCodeSequence))
    .some((item) => stringOf(item, tags.CodeValue) === LOSSY_DERIVATION);
  if (flag.includes('01') || formerly.includes('01') || isDerived) return { lossy: 'yes', words: '' };
  if (flag.length === 1 && flag[0] === '00') return { lossy: 'no', words: '' };
  if (flag.length > 0 || !['nothing', '""'].includes(stated)) return { lossy: 'unknown', words };
  return { lossy: methodWords(image).length > 0 ? 'yes' : 'silent', words: '' };
}

/** Method and ratio of each compression that the image went through, oldest first. */
function methodWords(image: Dataset): string[] {
  const methods = stringsOf(image, tags.LossyImageCompressionMethod);
  const ratios = stringsOf(image, tags.LossyImageCompressionRatio);
  return [
    ...(methods.length > 0 ? [`method ${methods.join(', ').slice(0, 64)}`] : []),
    ...(ratios.length > 0 ? [`ratio ${ratios.join(', ').slice(0, 64)}`] : []),
  ];
}

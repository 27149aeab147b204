import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { decodeIso2022, encodeIso2022 } from './iso-2022.js';

/** Turns the bytes of a message into text and back. */
export interface CharacterSet {
  /** As named by the message or the feed, for people. */
  readonly name: string;
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

/**
 * HL7 table 0211, the names DICOM uses for the same sets, and what sites write instead; spelled without
 * blanks, hyphens and underscores, in upper case.
 */
const encodings: Readonly<Record<string, string>> = {
  UNICODEUTF8: 'utf8',
  UTF8: 'utf8',
  ISOIR192: 'utf8',
  ISOIR100: 'iso-8859-1',
  ISOIR101: 'iso-8859-2',
  ISOIR109: 'iso-8859-3',
  ISOIR110: 'iso-8859-4',
  ISOIR144: 'iso-8859-5',
  ISOIR127: 'iso-8859-6',
  ISOIR126: 'iso-8859-7',
  ISOIR138: 'iso-8859-8',
  ISOIR148: 'iso-8859-9',
  ISOIR203: 'iso-8859-15',
  ISOIR166: 'tis620',
  LATIN1: 'iso-8859-1',
  ANSI: 'windows-1252',
  GB180302000: 'gb18030',
  GB18030: 'gb18030',
  GBK: 'gbk',
  GB2312: 'gb2312',
  BIG5: 'big5',
  KSX1001: 'euc-kr',
  ISOIR149: 'euc-kr',
  EUCKR: 'euc-kr',
  EUCJP: 'euc-jp',
  SHIFTJIS: 'shift_jis',
  SJIS: 'shift_jis',
  MS932: 'shift_jis',
  CP932: 'shift_jis',
  WINDOWS31J: 'shift_jis',
  MS1252: 'windows-1252',
  WE8ISO8859P1: 'iso-8859-1',
  WE8MSWIN1252: 'windows-1252',
  CP850: 'cp850',
  CP437: 'cp437',
};

/** Sets that a message switches to by escape sequences of ISO 2022. */
const switched = new Set([
  'ISOIR13',
  'ISOIR14',
  'ISOIR87',
  'ISOIR159',
  'ISOIR58',
  'ISO2022JP',
  // Table 0211 of versions 2.3 to 2.4.
  'JAS2020',
  'JISX0202',
  'JISX02011976',
  'JISX02081990',
  'JISX02121990',
]);

/**
 * Names of Unicode that leave its encoding form open, or name one of 16 or 32 bits: those are known by their
 * bytes ({@link wideCharacterSet}), so a message of single bytes that bears such a name is UTF-8 if it can be.
 */
const unicode = /^(?:UNICODE)?(?:UTF(?:16|32)(?:LE|BE)?)?$/u;

/** Names that state nothing beyond seven bits; what eight-bit senders mean by them is the feed's to say. */
const sevenBit = new Set(['', 'ASCII', 'USASCII', 'ISOIR6']);

/** The character set of one label; undefined when the label is not known. */
export function characterSetOf(label: string): CharacterSet | undefined {
  const key = keyOf(label);
  if (isUnicode(key)) return byIconv(label, 'utf8');
  const encoding = sevenBit.has(key) ? 'windows-1252' : encodingOf(key);
  if (!encoding) return undefined;
  return switched.has(key) ? iso2022(label, encoding) : byIconv(label || 'ASCII', encoding);
}

const isUnicode = (key: string): boolean => key !== '' && unicode.test(key);

function keyOf(label: string): string {
  // Explicit null: the sender states none.
  if (label === '""') return '';
  return label
    .toUpperCase()
    .replaceAll(/[\s_-]/gu, '')
    .replace('ISO2022IR', 'ISOIR');
}

function encodingOf(key: string): string | undefined {
  if (switched.has(key))
    return ['ISOIR13', 'ISOIR14', 'JISX02011976'].includes(key) ? 'shift_jis' : 'windows-1252';
  const latin = /^(?:ISO)?8859\/?(?<part>[1-9]|1[013-6])$/u.exec(key)?.groups?.['part'];
  if (latin) return `iso-8859-${latin}`;
  const windows = /^(?:WINDOWS|CP)(?<page>125[0-8]|874)$/u.exec(key)?.groups?.['page'];
  return windows ? `windows-${windows}` : encodings[key];
}

/**
 * The character set of a message by the labels of MSH-18: the first is its base, further ones are reached by
 * escape sequences (HL7 v2 section 2.15.9.18).
 *
 * @param labels the repetitions of MSH-18, empty where it is not valued
 * @param fallback what the feed says its sender means by none, by ASCII, and by a name that is not known;
 *   without it, bytes that are strictly valid UTF-8 are read as UTF-8 and all others as Windows-1252, and a name
 *   that is not known is no character set, unless every byte is ASCII, which all of them hold
 */
export function characterSetOfLabels(
  labels: readonly string[],
  bytes: Uint8Array,
  fallback: string | undefined,
): CharacterSet | undefined {
  const [first = '', ...further] = labels;
  const key = keyOf(first);
  const byFeed = fallback === undefined ? undefined : characterSetOf(fallback);
  const inDoubt = () => byFeed ?? (isPlain(bytes) ? byIconv(first, 'windows-1252') : undefined);
  if (further.some((label) => label !== '')) {
    const base = sevenBit.has(key) ? 'windows-1252' : encodingOf(key);
    const areKnown = further.every((label) => label === '' || characterSetOf(label) !== undefined);
    return base && areKnown ? iso2022(labels.join('~'), base) : inDoubt();
  }
  const isOpen = sevenBit.has(key) || (isUnicode(key) && !isUtf8(bytes));
  if (!isOpen) return characterSetOf(first) ?? inDoubt();
  if (fallback !== undefined) return byFeed;
  return byIconv(first || 'ASCII', isUtf8(bytes) ? 'utf8' : 'windows-1252');
}

/** Every byte is ASCII, and none begins an escape sequence of ISO 2022. */
function isPlain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80 && byte !== 0x1b);
}

/** The Unicode encoding form that a byte-order mark or the NULs around `MSH` give away. */
export function wideCharacterSet(bytes: Uint8Array): CharacterSet | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return byIconv('UNICODE UTF-8', 'utf8');
  if (a === 0xff && b === 0xfe)
    return byIconv('UNICODE UTF-16', c === 0 && d === 0 ? 'utf-32le' : 'utf-16le');
  if (a === 0xfe && b === 0xff) return byIconv('UNICODE UTF-16', 'utf-16be');
  if (a === 0x4d && b === 0) return byIconv('UNICODE UTF-16', c === 0 ? 'utf-32le' : 'utf-16le');
  if (a === 0 && b === 0x4d) return byIconv('UNICODE UTF-16', 'utf-16be');
  if (a === 0 && b === 0) return byIconv('UNICODE UTF-32', 'utf-32be');
  return undefined;
}

function byIconv(name: string, encoding: string): CharacterSet {
  return {
    name,
    decode: (bytes) => iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding),
    encode: (text) => iconv.encode(text, encoding),
  };
}

function iso2022(name: string, base: string): CharacterSet {
  return {
    name,
    decode: (bytes) => decodeIso2022(bytes, base),
    encode: (text) => encodeIso2022(text),
  };
}

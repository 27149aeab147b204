import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { stringOf } from './dataset.js';
import { ascii, bytesOf, element } from './raw-elements.testing.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

const body = (syntax: { explicit?: boolean; littleEndian?: boolean } = {}) =>
  bytesOf(
    element('00080005', 'CS', ascii('ISO_IR 100'), syntax),
    element('00080060', 'CS', ascii('CT'), syntax),
    // A length of 512, whose first byte is none of a VR.
    element('00080080', 'LO', ascii('x'.repeat(512)), syntax),
    element('00100020', 'LO', ascii('A1'), syntax),
  );
const explicit = body();
const implicit = body({ explicit: false });
const bigEndian = body({ littleEndian: false });

const meta = (transferSyntaxUid: string, syntax: { explicit?: boolean } = {}) =>
  bytesOf(
    element('00020001', 'OB', [0, 1], syntax),
    element('00020010', 'UI', ascii(transferSyntaxUid.padEnd(20, '\0')), syntax),
  );
const zeros = new Uint8Array(128);
const mark = ascii('DICM');
const rubbish = Uint8Array.from({ length: 600 }, (_, index) => (index * 91) & 0xff);

const told = (bytes: Uint8Array): string => {
  try {
    const { dataset } = readPart10(bytes);
    return `${stringOf(dataset, tags.Modality)} ${stringOf(dataset, tags.PatientID)}`;
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
};

describe('the beginning of a file', () => {
  it.each<[string, Uint8Array]>([
    ['of zeros', zeros],
    ['of ones', new Uint8Array(128).fill(0xff)],
    ['of a TIFF file', bytesOf(ascii('II*\0'), [8, 0, 0, 0], new Uint8Array(120))],
    ['of data elements', bytesOf(explicit.subarray(0, 128))],
    ['of file meta information', bytesOf(meta(IMPLICIT), explicit).subarray(0, 128)],
    ['that begins with the mark', bytesOf(mark, new Uint8Array(124))],
  ])('counts for nothing in a preamble %s', (_name, preamble) => {
    expect(told(bytesOf(preamble, mark, meta(EXPLICIT), explicit))).toBe('CT A1');
  });

  it.each<[string, Uint8Array]>([
    ['the mark alone', bytesOf(mark, meta(EXPLICIT), explicit)],
    ['file meta information', bytesOf(meta(IMPLICIT), implicit)],
    ['a data set', explicit],
    ['a data set in implicit VR', implicit],
    ['a data set in big endian', bigEndian],
  ])('may be %s, without a preamble', (_name, bytes) => {
    expect(told(bytes)).toBe('CT A1');
  });

  it.each<[string, Uint8Array]>([
    ['a preamble without the mark', bytesOf(zeros, meta(EXPLICIT), explicit)],
    ['a preamble with a mark of zeros', bytesOf(zeros, new Uint8Array(4), meta(EXPLICIT), explicit)],
    ['a preamble with a mark in small letters', bytesOf(zeros, ascii('dicm'), meta(EXPLICIT), explicit)],
    ['a preamble and a data set, without the mark', bytesOf(zeros, explicit)],
    ['a preamble and a data set in implicit VR, without the mark', bytesOf(zeros, implicit)],
    ['too long a preamble', bytesOf(zeros, zeros, mark, meta(EXPLICIT), explicit)],
    ['too short a preamble', bytesOf(zeros.subarray(64), mark, meta(EXPLICIT), explicit)],
    ['data elements as a preamble without the mark', bytesOf(explicit.subarray(0, 40), rubbish, explicit)],
    ['a byte too many', bytesOf([0x20], explicit)],
    ['an end of line', bytesOf([13, 10], zeros, mark, meta(EXPLICIT), explicit)],
    ['nothing but zeros', new Uint8Array(1000)],
    ['fewer zeros than a preamble has', new Uint8Array(100)],
    ['a NIfTI header', bytesOf([0x5c, 1, 0, 0], new Uint8Array(400))],
    ['a DIMSE command', bytesOf(element('00000002', 'UI', ascii('1.2.840.'), { explicit: false }), zeros)],
    ['markup', ascii('<html><body>Not found</body></html>')],
    ['rubbish', rubbish],
    ['a data set that ends in an element', explicit.subarray(0, 100)],
  ])('is no DICOM where it is %s', (_name, bytes) => {
    expect(told(bytes)).toMatch(/^dicom\.not-dicom .*\(no DICM at byte 128, and no data set from byte 0\)$/u);
  });
});

describe('a data set behind the mark', () => {
  it.each<[string, Uint8Array]>([
    ['implicit VR said to be explicit', bytesOf(meta(EXPLICIT), implicit)],
    ['explicit VR said to be implicit', bytesOf(meta(IMPLICIT), explicit)],
    ['file meta information in implicit VR', bytesOf(meta(EXPLICIT, { explicit: false }), explicit)],
    ['no file meta information', explicit],
  ])('is read with %s', (_name, bytes) => {
    expect(told(bytesOf(zeros, mark, bytes))).toBe('CT A1');
  });

  it('may have a first element without its VR', () => {
    const first = element('00080005', 'CS', ascii('ISO_IR 100'), { explicit: false });
    const rest = explicit.subarray(18);
    expect(told(bytesOf(zeros, mark, meta(EXPLICIT), first, rest))).toBe('CT A1');
  });

  it('may begin with a private element, with its creator or without', () => {
    for (const tag of ['00090010', '44530010', '4453100C']) {
      const first = element(tag, 'LO', ascii('MAKER '));
      expect(told(bytesOf(zeros, mark, meta(EXPLICIT), first, explicit))).toBe('CT A1');
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['big endian said to be little', bytesOf(meta(EXPLICIT), bigEndian), /byte order/u],
    ['little endian said to be big', bytesOf(meta(BIG_ENDIAN), explicit), /byte order/u],
    ['rubbish', rubbish, /beginning with \(5B00,11B6\)/u],
    ['text', ascii('This is no data set at all, but plain text.'), /beginning with \(6854,7369\)/u],
  ])('is malformed, not cut off, where it is %s', (_name, bytes, words) => {
    const outcome = told(bytesOf(zeros, mark, bytes));
    expect(outcome).toMatch(/^dicom\.malformed/u);
    expect(outcome).toMatch(words);
  });

  it('is cut off where nothing follows, or where an element is not whole', () => {
    expect(told(bytesOf(zeros, mark))).toMatch(/^dicom\.truncated/u);
    expect(told(bytesOf(zeros, mark, meta(EXPLICIT), explicit.subarray(0, 100)))).toMatch(
      /^dicom\.truncated/u,
    );
  });
});

import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import fc from 'fast-check';
import { buildDataset } from './build-dataset.js';
import { itemsOf, stringOf } from './dataset.js';
import { encodePart10 } from './encode-part10.js';
import { ascii, bytesOf, element, file, item } from './raw-elements.testing.js';
import type { ReadOptions } from './read-part10.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const JPEG = '1.2.840.10008.1.2.4.70';

const codeOf = (bytes: Uint8Array, options?: ReadOptions): string => {
  try {
    readPart10(bytes, options);
    return 'read';
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
};

/** Bytes as good as random, which deflate to about their own size. */
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (Math.imul(index + 1, 0x9e3779b1) >>> 23) & 0x7f);

describe('readPart10', () => {
  it('reads implicit VR by the dictionary, with signed values by Pixel Representation', () => {
    const implicit = { explicit: false };
    const { dataset } = readPart10(
      file(
        IMPLICIT,
        element('00280010', 'US', [2, 0], implicit),
        element('00280103', 'US', [1, 0], implicit),
        element('00280106', 'SS', [0xff, 0xff], implicit),
        element('00091001', 'UN', ascii('secret'), implicit),
      ),
    );
    expect(dataset[tags.Rows]).toEqual({ vr: 'US', Value: [2] });
    expect(dataset[tags.SmallestImagePixelValue]).toEqual({ vr: 'SS', Value: [-1] });
    expect(dataset['00091001']).toEqual({ vr: 'UN', bytes: ascii('secret') });
  });

  it.each<[string, Uint8Array, (string | number)[]]>([
    ['UT', ascii('0.7\\0.8 '), ['0.7', '0.8']],
    ['ST', ascii(' 0.7\\0.8\0'), ['0.7', '0.8']],
    ['LO', ascii('0.7\\0.8 '), ['0.7', '0.8']],
    ['UN', ascii('0.7\\0.8 '), ['0.7', '0.8']],
    ['OB', ascii('0.7\\0.8 '), ['0.7', '0.8']],
    ['FD', new Uint8Array(Float64Array.of(0.7, 0.8).buffer), [0.7, 0.8]],
  ])('reads a pixel spacing of VR %s by the dictionary', (vr, value, expected) => {
    const { dataset } = readPart10(file(EXPLICIT, element('00280030', vr, value)));
    expect(dataset[tags.PixelSpacing]?.Value).toEqual(expected);
  });

  it('reads an image type of another VR by the dictionary, and private text as it is', () => {
    const { dataset } = readPart10(
      file(
        EXPLICIT,
        element('00080008', 'LT', ascii('ORIGINAL\\PRIMARY')),
        element('00091001', 'LT', ascii('a\\b ')),
        element('00280010', 'IS', ascii('12')),
      ),
    );
    expect(dataset[tags.ImageType]).toEqual({ vr: 'CS', Value: ['ORIGINAL', 'PRIMARY'] });
    expect(dataset['00091001']).toEqual({ vr: 'LT', Value: ['a\\b'] });
    expect(dataset[tags.Rows]).toEqual({ vr: 'IS', Value: ['12'] });
  });

  it('reads big endian, with words turned round', () => {
    const big = { littleEndian: false };
    const { dataset, pixelData } = readPart10(
      file(
        BIG_ENDIAN,
        element('00280009', 'AT', [0x00, 0x18, 0x10, 0x63], big),
        element('00280010', 'US', [0, 1], big),
        element('00280011', 'US', [0, 2], big),
        element('00280100', 'US', [0, 16], big),
        element('7FE00010', 'OW', [0x01, 0x02, 0x03, 0x04], big),
      ),
    );
    expect(dataset[tags.FrameIncrementPointer]?.Value).toEqual(['00181063']);
    expect(dataset[tags.Columns]?.Value).toEqual([2]);
    expect(pixelData?.frames).toEqual([Uint8Array.of(2, 1, 4, 3)]);
  });

  it('inflates a deflated data set, within bounds', () => {
    const body = bytesOf(element('00100020', 'LO', ascii('A1')), element('0020000D', 'UI', ascii('1.23')));
    const deflated = file(DEFLATED, new Uint8Array(deflateRawSync(body)));
    expect(stringOf(readPart10(deflated).dataset, tags.StudyInstanceUID)).toBe('1.23');
    expect(codeOf(deflated, { maxInflatedBytes: 8 })).toMatch(/^dicom\.too-large/u);
    expect(codeOf(deflated.subarray(0, deflated.length - 4))).toMatch(/^dicom\.truncated/u);
  });

  it('refuses a data set that inflates to far more than its own size', () => {
    const bomb = file(DEFLATED, new Uint8Array(deflateRawSync(new Uint8Array(65 * 1024 * 1024))));
    expect(bomb.length).toBeLessThan(80_000);
    expect(codeOf(bomb)).toMatch(/^dicom\.too-large/u);
  });

  it('inflates no further than the pixel data where it stops before them', () => {
    const head = [
      element('00080018', 'UI', ascii('1.25')),
      // A private value that does not deflate, so that the first head does not reach the pixel data.
      element('00091001', 'OB', noise(100_000)),
      element('00280010', 'US', [2, 0]),
    ];
    const body = bytesOf(...head, element('7FE00010', 'OW', new Uint8Array(70 * 1024 * 1024)));
    const bomb = file(DEFLATED, new Uint8Array(deflateRawSync(body)));
    const { dataset, pixelData } = readPart10(bomb, { stopBeforePixelData: true });
    expect(dataset['00091001']?.bytes).toEqual(noise(100_000));
    expect(dataset[tags.Rows]?.Value).toEqual([2]);
    expect(pixelData).toBeUndefined();
    const cut = readPart10(bomb.subarray(0, 130_000), { stopBeforePixelData: true });
    expect(cut.dataset[tags.Rows]?.Value).toEqual([2]);
  });

  it('reads a deflated data set without pixel data to its end where it stops before them', () => {
    const body = bytesOf(element('0020000D', 'UI', ascii('1.23')), element('00400555', 'UT', noise(60_000)));
    const deflated = file(DEFLATED, new Uint8Array(deflateRawSync(body)));
    const { dataset } = readPart10(deflated, { stopBeforePixelData: true });
    expect(dataset['00400555']?.Value).toHaveLength(1);
    expect(codeOf(deflated.subarray(0, deflated.length - 4), { stopBeforePixelData: true })).toMatch(
      /^dicom\.truncated/u,
    );
  });

  it.each([EXPLICIT, IMPLICIT])('passes over less than an element behind the pixel data (%s)', (syntax) => {
    const form = { explicit: syntax === EXPLICIT };
    const id = element('00100020', 'LO', ascii('A1'), form);
    const pixels = element('7FE00010', 'OW', Uint8Array.of(1, 2, 3, 4), form);
    for (const behind of ['\n', '\r\n', ' ', '\r\n\r\n', '\x1a\n\n', 'trailer']) {
      const { dataset, pixelData } = readPart10(file(syntax, id, pixels, ascii(behind)));
      expect(stringOf(dataset, tags.PatientID)).toBe('A1');
      expect(pixelData?.frames).toHaveLength(1);
      // Where the pixel data are still to come it is what is left of an element.
      expect(codeOf(file(syntax, id, ascii(behind)))).toMatch(/^dicom\.truncated/u);
    }
  });

  it.each([EXPLICIT, IMPLICIT])('says of text behind the pixel data that it is no element (%s)', (syntax) => {
    const form = { explicit: syntax === EXPLICIT };
    const pixels = element('7FE00010', 'OW', Uint8Array.of(1, 2, 3, 4), form);
    const trailed = file(syntax, pixels, ascii('the end of the file and of the image'));
    expect(codeOf(trailed)).toMatch(/^dicom\.malformed/u);
    const cut = element('FFFCFFFC', 'OB', new Uint8Array(20), form).subarray(0, -4);
    expect(codeOf(file(syntax, pixels, cut))).toMatch(/^dicom\.truncated/u);
  });

  it('passes over zeros behind the last element, however many, and over none before it', () => {
    const last = element('00100020', 'LO', ascii('A1'));
    const padded = readPart10(file(EXPLICIT, last, new Uint8Array(400_000)));
    expect(stringOf(padded.dataset, tags.PatientID)).toBe('A1');
    // Each twelve of them are an element without a value.
    const zeros = new Uint8Array(12 * 300_000);
    const hidden = readPart10(file(EXPLICIT, zeros, last));
    expect(stringOf(hidden.dataset, tags.PatientID)).toBe('A1');
  });

  it.each([
    ['explicit', element('00080018', 'UI', ascii('1.25')), EXPLICIT],
    ['implicit', element('00080018', 'UI', ascii('1.25'), { explicit: false }), IMPLICIT],
    ['big endian', element('00080018', 'UI', ascii('1.25'), { littleEndian: false }), BIG_ENDIAN],
  ])('reads an %s data set without preamble and meta information', (_name, bytes, syntax) => {
    const part10 = readPart10(bytes);
    expect(part10.transferSyntaxUid).toBe(syntax);
    expect(stringOf(part10.dataset, tags.SOPInstanceUID)).toBe('1.25');
  });

  it('reads sequences of undefined and of defined length, empty ones too', () => {
    const inner = element('00080100', 'SH', ascii('T-1 '));
    const { dataset } = readPart10(
      file(
        EXPLICIT,
        element('00081032', 'SQ', 'undefined-length'),
        item('FFFEE000', 'undefined-length'),
        inner,
        item('FFFEE00D', new Uint8Array(0)),
        item('FFFEE000', inner),
        item('FFFEE0DD', new Uint8Array(0)),
        element('00081140', 'SQ', new Uint8Array(0)),
        element('00102000', 'LO', ascii('after ')),
      ),
    );
    const items = itemsOf(dataset, '00081032');
    expect(items.map((each) => stringOf(each, tags.CodeValue))).toEqual(['T-1', 'T-1']);
    expect(dataset['00081140']).toEqual({ vr: 'SQ' });
    expect(stringOf(dataset, '00102000')).toBe('after');
  });

  it('reads sequences hidden in UN, as implicit little endian', () => {
    const hidden = bytesOf(item('FFFEE000', element('00080100', 'SH', ascii('T-1 '), { explicit: false })));
    const { dataset } = readPart10(
      file(
        EXPLICIT,
        element('00081032', 'UN', hidden),
        element('00091010', 'UN', hidden),
        element('00091011', 'UN', 'undefined-length'),
        hidden,
        item('FFFEE0DD', new Uint8Array(0)),
        element('00100020', 'UN', ascii('A1')),
      ),
    );
    for (const tag of ['00081032', '00091010', '00091011']) {
      expect(itemsOf(dataset, tag).map((each) => stringOf(each, tags.CodeValue))).toEqual(['T-1']);
    }
    expect(dataset[tags.PatientID]).toEqual({ vr: 'LO', Value: ['A1'] });
  });

  describe('a compressed icon', () => {
    const fragments = bytesOf(
      item('FFFEE000', new Uint8Array(0)),
      item('FFFEE000', ascii('fragment')),
      item('FFFEE0DD', new Uint8Array(0)),
    );
    const pixels = (vr: string, tag = '7FE00010', explicit = true) =>
      bytesOf(element(tag, vr, 'undefined-length', { explicit }), fragments);
    const after = (explicit = true) => element('00102000', 'LO', ascii('after '), { explicit });
    const itemOf = (content: Uint8Array) =>
      bytesOf(
        item('FFFEE000', 'undefined-length'),
        content,
        item('FFFEE00D', new Uint8Array(0)),
        item('FFFEE0DD', new Uint8Array(0)),
      );
    const inSequence = (tag: string, content: Uint8Array) =>
      bytesOf(element(tag, 'SQ', 'undefined-length'), itemOf(content));
    const rows = element('00280010', 'US', [2, 0]);

    it.each<[string, string, Uint8Array]>([
      ['in an item', '00880200', inSequence('00880200', bytesOf(rows, pixels('OB')))],
      ['of words', '00880200', inSequence('00880200', bytesOf(rows, pixels('OW')))],
      ['of VR UN', '00880200', inSequence('00880200', bytesOf(rows, pixels('UN')))],
      [
        'in an item of stated length',
        '00880200',
        element('00880200', 'SQ', item('FFFEE000', bytesOf(rows, pixels('OB')))),
      ],
      ['deeper', '00081140', inSequence('00081140', inSequence('00880200', bytesOf(rows, pixels('OB'))))],
      ['in a private sequence', '00091010', inSequence('00091010', bytesOf(rows, pixels('OB')))],
      ['in a private attribute', '00091010', inSequence('00091010', bytesOf(rows, pixels('OB', '00091099')))],
      [
        'in implicit VR within UN',
        '00880200',
        bytesOf(
          element('00880200', 'UN', 'undefined-length'),
          itemOf(
            bytesOf(element('00280010', 'US', [2, 0], { explicit: false }), pixels('OB', '7FE00010', false)),
          ),
        ),
      ],
    ])('%s is passed over, and all that follows is read', (_where, tag, sequence) => {
      const { dataset } = readPart10(file(EXPLICIT, sequence, after()));
      expect(stringOf(dataset, '00102000')).toBe('after');
      expect(itemsOf(dataset, tag)).toHaveLength(1);
    });

    it('keeps its fragments as they lie in the file', () => {
      const { dataset } = readPart10(file(EXPLICIT, inSequence('00880200', bytesOf(rows, pixels('OB')))));
      const [icon] = itemsOf(dataset, '00880200');
      expect(icon?.['00280010']?.Value).toEqual([2]);
      expect(Buffer.from(icon?.['7FE00010']?.bytes ?? []).equals(Buffer.from(fragments))).toBe(true);
    });

    it('that breaks off is told as truncated', () => {
      const whole = file(EXPLICIT, inSequence('00880200', pixels('OB')));
      expect(codeOf(whole.subarray(0, whole.length - 30))).toMatch(/^dicom\.truncated/u);
    });
  });

  it('decodes text by Specific Character Set, which items inherit or replace', () => {
    const name = (bytes: number[]) => element('00100010', 'PN', bytes);
    const { dataset } = readPart10(
      file(
        EXPLICIT,
        element('00080005', 'CS', ascii('ISO_IR 100')),
        element(
          '00081115',
          'SQ',
          bytesOf(
            item('FFFEE000', name([0xc4, 0x20])),
            item('FFFEE000', bytesOf(element('00080005', 'CS', ascii('ISO_IR 192')), name([0xc3, 0x84]))),
          ),
        ),
        name([0xc4, 0x5e, 0x42, 0x20]),
      ),
    );
    expect(dataset[tags.PatientName]?.Value).toEqual([{ Alphabetic: 'Ä^B' }]);
    const inner = itemsOf(dataset, tags.ReferencedSeriesSequence);
    expect(inner.map((each) => stringOf(each, tags.PatientName))).toEqual(['Ä', 'Ä']);
  });

  it.each<[string, string, number[], string]>([
    ['UTF-8', 'ISO_IR 192', [...Buffer.from('TÓRAX')], 'TÓRAX'],
    ['Cyrillic', 'ISO_IR 144', [0xb3, 0xc0, 0xc3, 0xb4, 0xcc], 'ГРУДЬ'],
    ['no set, and is UTF-8', '', [...Buffer.from('TÓRAX')], 'TÓRAX'],
    ['no set, and is none', '', [0x54, 0xd3, 0x52, 0x41, 0x58], 'TÓRAX'],
  ])(
    'reads a code string beyond ASCII by the set of the data set, as a guess: %s',
    (_what, set, bytes, text) => {
      const { dataset } = readPart10(
        file(EXPLICIT, element('00080005', 'CS', ascii(set)), element('00180015', 'CS', bytes)),
      );
      expect(dataset[tags.BodyPartExamined]).toEqual({ vr: 'CS', Value: [text], guessed: true });
    },
  );

  it('joins fragments by frame: one each, by the offset table, by the start of a stream', () => {
    const start = [0xff, 0xd8, 1, 2];
    const rest = [3, 4];
    const frames = (count: string, table: number[], ...fragments: number[][]) =>
      readPart10(
        file(
          JPEG,
          element('00280008', 'IS', ascii(count)),
          element('7FE00010', 'OB', 'undefined-length'),
          item('FFFEE000', Uint8Array.from(table)),
          ...fragments.map((each) => item('FFFEE000', Uint8Array.from(each))),
          item('FFFEE0DD', new Uint8Array(0)),
        ),
      ).pixelData?.frames.map((each) => Array.from(each));
    expect(frames('2 ', [], start, rest)).toEqual([start, rest]);
    expect(frames('1 ', [], start, rest)).toEqual([[...start, ...rest]]);
    expect(frames('2 ', [0, 0, 0, 0, 10, 0, 0, 0], rest, start, start)).toEqual([rest, [...start, ...start]]);
    expect(frames('2 ', [], start, rest, start)).toEqual([[...start, ...rest], start]);
  });

  it('stops before pixel data, so the head of a file is enough', () => {
    const whole = encodePart10(
      buildDataset({ SOPClassUID: '1.2', SOPInstanceUID: '1.3', Rows: 1, PixelData: new Uint8Array(4096) }),
    );
    const head = whole.subarray(0, whole.length - 4000);
    expect(codeOf(head)).toMatch(/^dicom\.truncated .*\(at \(7FE0,0010\), 4000 bytes missing\)$/u);
    const part10 = readPart10(head, { stopBeforePixelData: true });
    expect(part10.pixelData).toBeUndefined();
    expect(part10.dataset[tags.Rows]?.Value).toEqual([1]);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', ascii('<html>No such study</html>')],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0)],
  ])('refuses %s', (_name, bytes) => {
    expect(codeOf(bytes)).toMatch(/^dicom\.not-dicom/u);
  });

  it('refuses sequences nested without end', () => {
    const opening = bytesOf(
      element('00081032', 'SQ', 'undefined-length'),
      item('FFFEE000', 'undefined-length'),
    );
    const deep = file(EXPLICIT, ...Array.from({ length: 20_000 }, () => opening));
    expect(codeOf(deep)).toMatch(/^dicom\.too-large/u);
  });

  it('fails only with its own errors on a file cut off or changed anywhere', () => {
    const whole = encodePart10(
      buildDataset({
        SOPClassUID: '1.2',
        SOPInstanceUID: '1.3',
        PatientName: 'Änne',
        ContentSequence: [{ TextValue: 'a', ContentSequence: [{ NumericValue: [1.5] }] }],
        Rows: 2,
        Columns: 2,
        BitsAllocated: 16,
        PixelData: new Uint8Array(8),
      }),
    );
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(whole.length), edits, (length, changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(codeOf(bytes.subarray(0, length))).toMatch(/^(?:read$|dicom\.)/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('readPart10, of compressed icons in every encoding', () => {
  type Syntax = { explicit?: boolean; littleEndian?: boolean };
  const marker = (tag: string, value: Uint8Array | 'undefined-length', littleEndian = true) =>
    element(tag, 'UN', value, { explicit: false, littleEndian });

  /** A sequence of one item that holds `content`, all of undefined length. */
  const nest = (tag: string, vr: string, content: Uint8Array, outer: Syntax = {}, inner = outer) =>
    bytesOf(
      element(tag, vr, 'undefined-length', outer),
      marker('FFFEE000', 'undefined-length', inner.littleEndian),
      content,
      marker('FFFEE00D', new Uint8Array(), inner.littleEndian),
      marker('FFFEE0DD', new Uint8Array(), inner.littleEndian),
    );

  const icon = (syntax: Syntax = {}) =>
    bytesOf(
      element('7FE00010', 'OB', 'undefined-length', syntax),
      marker('FFFEE000', new Uint8Array(), syntax.littleEndian),
      marker('FFFEE000', Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), syntax.littleEndian),
      marker('FFFEE0DD', new Uint8Array(), syntax.littleEndian),
    );

  const big = { littleEndian: false };
  const implicit = { explicit: false };
  const after = (syntax: Syntax = {}) => element('00880904', 'LO', ascii('read'), syntax);
  const unknownInBig = nest('00091010', 'UN', icon(implicit), big, implicit);
  const deflated = new Uint8Array(deflateRawSync(bytesOf(nest('00880200', 'SQ', icon()), after())));

  it.each<[string, string, Uint8Array]>([
    [
      'an implicit file',
      IMPLICIT,
      bytesOf(nest('00880200', 'SQ', icon(implicit), implicit), after(implicit)),
    ],
    ['a big endian file', BIG_ENDIAN, bytesOf(nest('00880200', 'SQ', icon(big), big), after(big))],
    ['UN in a big endian file', BIG_ENDIAN, bytesOf(unknownInBig, after(big))],
    ['a deflated file', DEFLATED, deflated],
  ])('reads on behind one in %s', (_where, syntax, body) => {
    const read = readPart10(file(syntax, body));
    expect(read.dataset['00880904']?.Value).toEqual(['read']);
    expect(read.pixelData).toBeUndefined();
  });
});

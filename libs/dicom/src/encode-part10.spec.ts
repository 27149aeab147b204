import { describe, expect, it } from '@jest/globals';
import { parseDicom } from 'dicom-parser';
import fc from 'fast-check';
import { buildDataset } from './build-dataset.js';
import { code } from './code.js';
import { itemsOf, numbersOf, stringOf } from './dataset.js';
import type { Dataset, Element } from './dataset.js';
import { decodePixels } from './decode-pixels.js';
import { encodePart10, implementation } from './encode-part10.js';
import { formatDs } from './number-text.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const ct = (more: Record<string, unknown> = {}): Dataset =>
  buildDataset({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: '2.25.1',
    PatientName: 'Grün^Änne=山田^太郎',
    PatientID: '',
    Rows: 2,
    Columns: 3,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    PixelSpacing: [0.7, 1e-9 / 3],
    ProcedureCodeSequence: [code('77477000', 'SCT', 'CT')],
    PixelData: Int16Array.of(-1024, -1, 0, 1, 100, 3071),
    ...more,
  });

const identified = buildDataset({ SOPClassUID: '1.2', SOPInstanceUID: '1.3' });

const word = fc.stringMatching(/^[A-Za-z0-9äß山€.-]{1,10}$/u);
const values = (vr: string, value: fc.Arbitrary<unknown>) =>
  fc.array(value, { maxLength: 3 }).map((list): Element => (list.length > 0 ? { vr, Value: list } : { vr }));
const integers = (vr: string, min: number, max: number) => values(vr, fc.integer({ min, max }));
const evenBytes = fc
  .uint8Array({ minLength: 2, maxLength: 8 })
  .map((all) => all.subarray(0, all.length & ~1));
const leaf: fc.Arbitrary<Element> = fc.oneof(
  values('LO', word),
  values('CS', fc.stringMatching(/^[A-Z0-9_]{1,16}$/u)),
  values('UI', fc.stringMatching(/^[12](?:\.[1-9]\d{0,5}){1,6}$/u)),
  values(
    'DS',
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => formatDs(value)),
  ),
  values('IS', fc.integer().map(String)),
  values('PN', fc.record({ Alphabetic: word, Ideographic: word })),
  word.map((text): Element => ({ vr: 'UT', Value: [`${text}\\${text}`] })),
  integers('US', 0, 65_535),
  integers('SL', -(2 ** 31), 2 ** 31 - 1),
  values('FD', fc.double()),
  values('UV', fc.maxSafeNat()),
  values('AT', fc.constantFrom('00100020', '7FE00010')),
  evenBytes.map((bytes): Element => ({ vr: 'OB', bytes })),
);
// A group that the dictionary does not know, so that the VR is the element's own.
const tag = fc
  .integer({ min: 0x1001, max: 0x10ff })
  .map((number) => `0009${number.toString(16).toUpperCase()}`);
const { dataset: anyDataset } = fc.letrec<{ dataset: Dataset; element: Element }>((tie) => ({
  dataset: fc.dictionary(tag, tie('element'), { maxKeys: 6 }),
  element: fc.oneof({ maxDepth: 3 }, leaf, values('SQ', tie('dataset'))),
}));

describe('encodePart10', () => {
  it('writes a file that reads back with the same attributes and pixels', async () => {
    const part10 = readPart10(encodePart10(ct()));
    expect(part10.transferSyntaxUid).toBe('1.2.840.10008.1.2.1');
    expect(part10.dataset[tags.PatientName]?.Value).toEqual([
      { Alphabetic: 'Grün^Änne', Ideographic: '山田^太郎' },
    ]);
    expect(part10.dataset[tags.PatientID]).toEqual({ vr: 'LO' });
    expect(part10.dataset[tags.SpecificCharacterSet]?.Value).toEqual(['ISO_IR 192']);
    expect(numbersOf(part10.dataset, tags.PixelSpacing)).toEqual([0.7, 3.3333333333e-10]);
    const [item] = itemsOf(part10.dataset, tags.ProcedureCodeSequence);
    expect(stringOf(item ?? {}, tags.CodeMeaning)).toBe('CT');
    const frame = await decodePixels(part10);
    expect(Array.from(frame.pixels)).toEqual([-1024, -1, 0, 1, 100, 3071]);
  });

  it('gives the same bytes for the same data set, whatever the order of its keys', () => {
    const dataset = ct();
    const reversed = Object.fromEntries(Object.entries(dataset).reverse());
    expect(Buffer.from(encodePart10(reversed))).toEqual(Buffer.from(encodePart10(dataset)));
  });

  it('round-trips every data set that it accepts', () => {
    fc.assert(
      fc.property(anyDataset, (dataset) => {
        const { dataset: back } = readPart10(encodePart10({ ...dataset, ...identified }));
        const {
          [tags.SpecificCharacterSet]: _set,
          [tags.SOPClassUID]: _c,
          [tags.SOPInstanceUID]: _i,
          ...rest
        } = back;
        expect(rest).toEqual(dataset);
      }),
      { numRuns: 500 },
    );
  });

  it('is read alike by another reader', () => {
    const parsed = parseDicom(encodePart10(ct()));
    expect(parsed.string('x00020010')).toBe('1.2.840.10008.1.2.1');
    expect(parsed.string('x00020012')).toBe(implementation.classUid);
    expect(parsed.string('x00020013')).toBe('PRELECTOR');
    expect(parsed.string('x00080005')).toBe('ISO_IR 192');
    expect(parsed.uint16('x00280011')).toBe(3);
    expect(parsed.floatString('x00280030', 1)).toBe(3.3333333333e-10);
    expect(parsed.elements['x00081032']?.items?.[0]?.dataSet?.string('x00080104')).toBe('CT');
    expect(parsed.elements['x7fe00010']?.length).toBe(12);
    expect(parsed.warnings).toEqual([]);
  });

  it.each([
    ['no SOP Instance UID', { SOPInstanceUID: undefined }],
    ['elements of the file meta information', { TransferSyntaxUID: '1.2' }],
    [
      'an element too long for its VR',
      { LUTData: { vr: 'US', Value: Array.from({ length: 32_768 }, () => 1) } },
    ],
    ['an unknown VR', { PatientComments: { vr: 'ZZ', Value: ['x'] } }],
    ['an item that is no data set', { ContentSequence: { vr: 'SQ', Value: ['x'] } }],
  ])('refuses %s', (_name, more) => {
    expect(() => encodePart10(ct(more))).toThrow(expect.objectContaining({ code: 'dicom.invalid-value' }));
  });

  it('refuses sequences nested without end', () => {
    let nested: Dataset = {};
    for (let depth = 0; depth < 100; depth++)
      nested = { [tags.ContentSequence]: { vr: 'SQ', Value: [nested] } };
    expect(() => encodePart10({ ...ct(), ...nested })).toThrow(
      expect.objectContaining({ code: 'dicom.too-large' }),
    );
  });
});

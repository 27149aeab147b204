import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { code } from './code.js';
import { itemsOf, numbersOf, stringOf } from './dataset.js';
import type { Dataset } from './dataset.js';
import { decodePixels } from './decode-pixels.js';
import { encodePart10 } from './encode-part10.js';
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
});

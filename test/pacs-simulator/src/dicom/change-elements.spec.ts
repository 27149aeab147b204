import { describe, expect, it } from '@jest/globals';
import { dicomFile } from '../simulator.testing.js';
import { changeElements, locateElement } from './change-elements.js';
import { textOf } from './dataset.js';
import { readHeader } from './read-header.js';
import { readIdentifiers } from './read-identifiers.js';

describe.each(['1.2.840.10008.1.2.1', '1.2.840.10008.1.2'] as const)(
  'changing a header in %s',
  (transferSyntax) => {
    const file = dicomFile({ transferSyntax, pixels: Buffer.alloc(64, 9) });
    const text = (bytes: Buffer, tag: string) => textOf(readHeader(bytes).dataset, tag);

    it('replaces, adds and takes away, and keeps every other byte', () => {
      const changed = changeElements(file, {
        '00100020': 'LONGER ID',
        '00100021': 'SITE',
        '00080050': null,
        '00400254': 'X',
      });
      expect(text(changed, '00100020')).toBe('LONGER ID');
      expect(text(changed, '00100021')).toBe('SITE');
      expect(text(changed, '00400254')).toBe('X');
      expect(readHeader(changed).dataset['00080050']).toBeUndefined();
      expect(
        changeElements(changed, { '00100020': 'P1', '00100021': null, '00080050': 'A1', '00400254': null }),
      ).toEqual(file);
    });

    it('changes nothing when nothing is asked', () => {
      expect(changeElements(file, {}).equals(file)).toBe(true);
    });

    it('finds what the index needs in the beginning of a file, or says that it is not there', () => {
      const header = readHeader(file);
      expect(readIdentifiers(file.subarray(0, -40))).toMatchObject({
        studyUid: header.studyUid,
        modality: 'CT',
      });
      expect(readIdentifiers(file.subarray(0, 300))).toBeUndefined();
      expect(readIdentifiers(Buffer.alloc(200))).toBeUndefined();
    });

    it('locates a value', () => {
      const place = locateElement(file, '7FE00010');
      expect(file.subarray(place?.start, place?.end).equals(Buffer.alloc(64, 9))).toBe(true);
      expect(locateElement(file, '00101010')).toBeUndefined();
    });
  },
);

describe('a file that cannot be changed', () => {
  it('is refused where it is big endian, and no UID leads out of its folder', () => {
    const big = Buffer.from(
      dicomFile().toString('latin1').replace('1.2.840.10008.1.2.1\0', '1.2.840.10008.1.2.2\0'),
      'latin1',
    );
    expect(() => changeElements(big, { '00100020': 'X' })).toThrow('cannot be changed');
    expect(readIdentifiers(dicomFile({ study: '..' }))).toBeUndefined();
    expect(() => readHeader(dicomFile({ study: '1..2' }))).toThrow('no DICOM file');
  });
});

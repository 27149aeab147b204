import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMediaType } from './media-type.js';

describe('a media type', () => {
  it.each([
    ['', '', {}],
    ['Text/HTML', 'text/html', {}],
    [
      'multipart/related; type="application/dicom"; boundary=abc',
      'multipart/related',
      { type: 'application/dicom', boundary: 'abc' },
    ],
    [
      'multipart/related;type=application/dicom;boundary="a;b \\"c"',
      'multipart/related',
      { type: 'application/dicom', boundary: 'a;b "c' },
    ],
    [
      'multipart/related; boundary=DICOM DATA BOUNDARY; x=y',
      'multipart/related',
      { boundary: 'DICOM DATA BOUNDARY', x: 'y' },
    ],
    ['a/b; BOUNDARY=1; boundary=2', 'a/b', { boundary: '1' }],
    ['a/b; ; =x; q', 'a/b', {}],
  ])('%j', (header, type, parameters) => {
    const read = parseMediaType(header);
    expect({ type: read.type, parameters: Object.fromEntries(read.parameters) }).toEqual({
      type,
      parameters,
    });
  });

  it('is read from any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(parseMediaType(text).type).toBe((text.split(';', 1)[0] ?? '').trim().toLowerCase());
      }),
    );
    expect(parseMediaType(`a/b;${' x'.repeat(100_000)}`).type).toBe('a/b');
  });
});

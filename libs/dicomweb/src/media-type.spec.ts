import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMediaType, shownMediaType } from './media-type.js';

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

describe('a media type in an error', () => {
  it.each(['application/dicom+json', 'text/html', 'multipart/x-mixed-replace'])('is named: %s', (type) => {
    expect(shownMediaType(type)).toBe(type);
  });

  it.each(['', 'doe^john', 'doe/john', 'text/\u001b[2j', `text/${'x'.repeat(65)}`, 'text/html\n'])(
    'is not named where it is none: %j',
    (type) => {
      expect(shownMediaType(type)).toBe('unreadable');
    },
  );
});

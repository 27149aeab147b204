import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeValue, unescapeValue } from './escapes.js';
import { standardSeparators } from './separators.js';

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const unescape = (text: string): string => unescapeValue(text, standardSeparators, utf8);

describe('unescapeValue', () => {
  it.each([
    ['a\\F\\b', 'a|b'],
    ['a\\S\\b\\T\\c\\R\\d\\E\\e', 'a^b&c~d\\e'],
    ['one\\.br\\two', 'one\ntwo'],
    ['\\H\\bold\\N\\ plain', 'bold plain'],
    ['\\X41\\\\X0D0A\\', 'A\r\n'],
    ['\\XE5B1B1\\', '山'],
    ['\\.sk3\\x', '   x'],
    ['\\.in+4\\x', 'x'],
  ])('%p means %p', (text, meaning) => {
    expect(unescape(text)).toBe(meaning);
  });

  it.each([
    'C:\\Temp\\Series\\img.dcm',
    '\\\\server\\share\\file',
    'ends in \\',
    '\\XZZ\\',
    '\\X4\\',
    'a \\unknown\\ sequence',
    '\\Z01\\',
  ])('keeps %p as it is', (text) => {
    expect(unescape(text)).toBe(text);
  });

  it('uses the characters of the message', () => {
    const separators = { ...standardSeparators, escape: '!', component: '*' };
    expect(unescapeValue('a!S!b\\S\\c!E!', separators, utf8)).toBe('a*b\\S\\c!');
  });

  it('turns every escaped text back into itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('\\|^~&FSTREX.br0D\r\näあ')) }), (text) => {
        expect(unescape(escapeValue(text, standardSeparators))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('never gives more than it took, however many blanks are asked for', () => {
    expect(unescape('\\.sk999\\x')).toBe(`${' '.repeat(8)}x`);
    const asked = '\\.sk999\\'.repeat(500_000);
    expect(unescape(asked).length).toBeLessThanOrEqual(asked.length);
    const unit = fc.constantFrom(...Array.from('\\.skXFEbr0149+in'), '\\.sk999\\', '\\.br\\', '\\XE5B1B1\\');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(unescape(text).length).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('stays linear on text full of escape characters', () => {
    const text = '\\'.repeat(1_000_001);
    expect(unescape(text)).toBe(text);
  });
});

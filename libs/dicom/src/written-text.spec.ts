import { describe, expect, it } from '@jest/globals';
import { decodeText } from './text.js';
import { writingsOf } from './written-text.js';

describe('writingsOf', () => {
  it.each<[text: string, sets: string, bytes: string]>([
    ['Ж91', 'ISO_IR 192', '\xd0\x9691'],
    ['Ж91', 'ISO 2022 IR 6\\ISO 2022 IR 144', '\x1b-L\xb691'],
    ['A-Ä9é2', 'ISO 2022 IR 6\\ISO 2022 IR 100', 'A-\x1b-A\xc49\x1b-A\xe92'],
    ['A-Ä9é2', 'ISO 2022 IR 6\\ISO 2022 IR 100', 'A-\x1b-A\xc49\xe92'],
    ['A-Ä9é2', 'ISO 2022 IR 6\\ISO 2022 IR 100', '\x1b-AA-\xc49\xe92'],
    ['ÄЖ', 'ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 144', '\x1b-A\xc4\x1b-L\xb6'],
    ['本71', 'ISO 2022 IR 6\\ISO 2022 IR 87', '\x1b$BK\\\x1b(B71'],
    ['ﾔ本71', 'ISO 2022 IR 13\\ISO 2022 IR 87', '\x1b)I\xd4\x1b$BK\\\x1b(J71'],
    ['丂1', 'ISO 2022 IR 6\\ISO 2022 IR 159', '\x1b$(D0!\x1b(B1'],
    ['김1', '\\ISO 2022 IR 149', '\x1b$)C\xb1\xe81'],
    ['王1', '\\ISO 2022 IR 58', '\x1b$)A\xcd\xf51'],
    ['王1', 'GB18030', '\xcd\xf51'],
    ['ก1', '\\ISO 2022 IR 166', '\x1b-T\xa11'],
  ])('has for %j in %j the bytes that read so', (text, sets, bytes) => {
    expect(decodeText(Buffer.from(bytes, 'latin1'), sets.split('\\'), 'LO').text).toBe(text);
    expect(writingsOf(text)).toContain(bytes);
  });

  it('has of plain ASCII nothing but that, and of a character that only Unicode has its UTF-8 and GB18030', () => {
    expect(writingsOf('A91')).toEqual(['A91']);
    expect(writingsOf('👍')).toEqual(['\xf0\x9f\x91\x8d', '\x94\x39\xd1\x31']);
  });
});

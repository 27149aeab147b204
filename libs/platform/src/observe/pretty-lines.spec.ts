import { describe, expect, it } from '@jest/globals';
import { prettyLines } from './pretty-lines.js';

const lineOf = (json: string): string => {
  const lines: string[] = [];
  prettyLines({ write: (line) => void lines.push(line) }).write(json);
  return lines.join('');
};

describe('lines for people', () => {
  it('shows characters that could steer a terminal or feign a line, instead of sending them', () => {
    const said = 'a\u001b[2J\r\nb\u0007\u009b1m\u202ec\u2028';
    const line = lineOf(
      JSON.stringify({ time: '', level: 'info', message: said, [said]: said, deep: [said] }),
    );
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
    expect(line).toContain('a\\u{1b}[2J\\u{d}\\u{a}b\\u{7}\\u{9b}1m\\u{202e}c\\u{2028}');
  });

  it('does so also where the line is no JSON', () => {
    expect(lineOf('not \u001b[31m JSON\n')).toBe('not \\u{1b}[31m JSON\n');
  });

  it('leaves letters of every script as they are', () => {
    expect(lineOf(JSON.stringify({ time: '', level: 'info', message: 'Müller 山田 عمر' }))).toContain(
      'Müller 山田 عمر',
    );
  });
});

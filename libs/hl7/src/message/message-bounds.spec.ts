import { describe, expect, it } from '@jest/globals';
import { limits } from '@prelector/kernel';
import { parseMessage } from './message.js';

const HEADER = 'MSH|^~\\&|RIS|HOSP|PRE|X|20260307||ORM^O01|1|P|2.5.1';
const FOUR_MB = 4 * 1024 * 1024;

function parse(text: string) {
  return parseMessage(Buffer.from(text, 'latin1'));
}

describe('a message with more parts than are taken', () => {
  const most = limits.hl7PartsPerLevel;

  it.each([
    ['components', `${HEADER}\rPID|1||${'^'.repeat(FOUR_MB)}`],
    ['fields', `${HEADER}\rPID${'|'.repeat(FOUR_MB)}`],
    ['repetitions', `${HEADER}\rPID|1||${'~'.repeat(FOUR_MB)}`],
    ['subcomponents', `${HEADER}\rPID|1||${'&'.repeat(FOUR_MB)}`],
    ['one field too many', `${HEADER}\rPID${'|'.repeat(most + 1)}`],
    ['many fields of many segments', [HEADER, ...Array(1500).fill(`OBX${'|'.repeat(900)}`)].join('\r')],
    ['visits and orders', [HEADER, ...Array(5000).fill('PV1'), ...Array(5000).fill('ORC|SC')].join('\r')],
    ['orders and studies', [HEADER, ...Array(5000).fill('ORC'), ...Array(5000).fill('ZDS|1.2')].join('\r')],
    ['orders', [HEADER, ...Array(20_000).fill('ORC|SC||||CM')].join('\r')],
    ['studies', [HEADER, 'ORC|SC||||CM', ...Array(200_000).fill('ZDS|1.2')].join('\r')],
    ['one segment too many', [HEADER, ...Array(limits.hl7Segments).fill('NTE')].join('\r')],
    ['empty lines', `${HEADER}${'\r'.repeat(FOUR_MB)}`],
    ['line breaks', `${HEADER}\r${'x\n'.repeat(FOUR_MB / 2)}`],
    [
      'stand-ins of delimiters that it does not name',
      `MSH|^|||||||A|1|P|2.5\rPID|${'\u0002'.repeat(FOUR_MB)}`,
    ],
  ])('is refused before it is parsed: %s', (_, text) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({
      ok: false,
      error: { code: 'hl7.too-many-parts', conditionCode: '207' },
    });
    expect(parsed.ok ? '' : parsed.error.text).toMatch(/send fewer orders .*\(more than \d+ /u);
  });

  it.each([
    ['fields', `${HEADER}\rPID${'|'.repeat(most)}`],
    ['components in each of many repetitions', `${HEADER}\rPID|1||${`${'^'.repeat(99)}~`.repeat(900)}`],
    ['segments', [HEADER, ...Array(limits.hl7Segments - 1).fill('NTE|1||word')].join('\r')],
    ['line breaks', `${HEADER}\rOBX|1|TX|||${'word\n'.repeat(50_000)}`],
  ])('is taken as long as it has as many %s as are taken', (_, text) => {
    expect(parse(text).ok).toBe(true);
  });
});

describe('a header that cannot be kept or echoed', () => {
  const withField = (field: number, value: string): string => {
    const fields = HEADER.split('|');
    fields[field - 1] = value;
    return fields.join('|');
  };

  it.each([3, 4, 5, 6, 9, 10, 11, 12])('is refused: NUL in MSH-%i', (field) => {
    for (const value of ['A\0B', 'A\\X00\\B', 'A\x1cB', 'A\x01B']) {
      expect(parse(withField(field, value))).toMatchObject({
        ok: false,
        error: { code: 'hl7.header-unusable', conditionCode: '102' },
      });
    }
  });

  it('is refused: half of a surrogate pair', () => {
    const bytes = Buffer.from(`\ufeff${withField(10, '1\ud800')}`, 'utf16le');
    expect(parseMessage(bytes)).toMatchObject({ ok: false, error: { conditionCode: '102' } });
  });

  it('is refused: a field of any length', () => {
    const parsed = parse(withField(10, '1'.repeat(limits.hl7HeaderFieldCharacters + 1)));
    expect(parsed).toMatchObject({ ok: false, error: { conditionCode: '102' } });
    expect(parsed.ok ? '' : parsed.error.text).toContain('(MSH-10)');
    expect(parse(withField(10, '1'.repeat(limits.hl7HeaderFieldCharacters))).ok).toBe(true);
  });

  it.each(['\0', '\x1c', '\x0b', '\x01'])('is refused: %j as a delimiter', (delimiter) => {
    expect(parse(HEADER.replaceAll('|', delimiter)).ok).toBe(false);
    expect(parse(HEADER.replaceAll('^', delimiter)).ok).toBe(false);
  });
});

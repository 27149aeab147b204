import { describe, expect, it } from '@jest/globals';
import { characterSetOf } from './character-set.js';
import { parseMessage, type ParseOptions } from './message.js';

/** The name of a message whose PID-5 holds the given bytes. */
function nameOf(label: string, name: readonly number[] | string, options: ParseOptions = {}) {
  const raw = typeof name === 'string' ? Buffer.from(name, 'latin1') : Buffer.from(name);
  const header = `MSH|^~\\&|A|B|C|D|20260307||ORM^O01|1|P|2.5.1||||||${label}`;
  const bytes = Buffer.concat([
    Buffer.from(`${header}\rPID|1||||`, 'latin1'),
    raw,
    Buffer.from('\rORC|SC\r'),
  ]);
  const parsed = parseMessage(bytes, options);
  if (!parsed.ok) return parsed.error;
  return [1, 2].map((component) => parsed.value.value(`PID-5.${component}`));
}

describe('the character set of a message', () => {
  it('is what MSH-18 says', () => {
    expect(nameOf('8859/1', 'M\xfcller^Zo\xeb')).toEqual(['Müller', 'Zoë']);
    expect(nameOf('8859/2', [0xa3, 0xf3, 0x64, 0x7c])).toEqual(['Łód', undefined]);
    expect(nameOf('UNICODE UTF-8', [...Buffer.from('Müller^太郎', 'utf8')])).toEqual(['Müller', '太郎']);
    expect(nameOf('WINDOWS-1252', 'M\x80ller^\x9e')).toEqual(['M€ller', 'ž']);
    expect(nameOf('GB 18030-2000', [0xcd, 0xf5, 0x5e, 0xd0, 0xa1])).toEqual(['王', '小']);
    expect(nameOf('KS X 1001', [0xb1, 0xe8, 0x5e, 0xc8, 0xf1])).toEqual(['김', '희']);
    expect(nameOf('ISO_IR 100', 'M\xfcller')).toEqual(['Müller', undefined]);
  });

  it.each([
    ['WE8ISO8859P1', 'M\xfcller', 'Müller'],
    ['MS1252', 'M\xfcller', 'Müller'],
    ['CP850', 'M\x81ller', 'Müller'],
    ['windows-31j', [0x8e, 0x52, 0x93, 0x63], '山田'],
    ['JIS X 0202', '\x1b$B;3ED\x1b(B', '山田'],
    ['JAS2020', '\x1b$B;3ED\x1b(B', '山田'],
    ['JIS X 0208-1990', '\x1b$B;3ED\x1b(B', '山田'],
    ['JIS X 0201-1976', [0xcf, 0xc0, 0xde], 'ﾏﾀﾞ'],
    ['""', 'M\xfcller', 'Müller'],
  ])('is what sites call %s', (label, bytes, family) => {
    expect(nameOf(label, bytes)).toEqual([family, undefined]);
  });

  it.each(['CNS 11643-1992', 'EBCDIC', 'ASCII~NONESUCH'])(
    'under the name %s, which cannot be decoded, is read where every byte is ASCII, and refused otherwise',
    (label) => {
      expect(nameOf(label, 'DOE^JANE')).toEqual(['DOE', 'JANE']);
      for (const other of ['M\xfcller', '\x1b$B;3ED\x1b(B'])
        expect(nameOf(label, other)).toMatchObject({ code: 'hl7.unknown-character-set' });
    },
  );

  // PS3.5 H.3.1 gives the bytes of Yamada^Tarou in JIS X 0208.
  const yamada = '\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B';
  it.each(['ISO IR87', '~ISO IR87', 'ASCII~ISO IR87', 'ISO IR14~ISO IR87', 'ISO 2022 IR 87'])(
    'follows the escape sequences of %p',
    (label) => {
      expect(nameOf(label, yamada)).toEqual(['山田', '太郎']);
    },
  );

  it('never takes a byte of a Kanji for a delimiter', () => {
    // JIS 2526, 255E, 307C, 307E and 305C hold the bytes of &, ^, |, ~ and the backslash.
    expect(nameOf('ISO IR87', '\x1b$B%&%^0|0~0\\\x1b(B^X')).toEqual(['ウマ淫蔭移', 'X']);
  });

  it('reads half-width Katakana, JIS X 0212, Korean and Chinese by ISO 2022', () => {
    expect(nameOf('ISO IR87', '\x1b(IO@^\x1b(B')).toEqual(['ﾏﾀﾞ', undefined]);
    expect(nameOf('ISO IR159', '\x1b$(D0!0"\x1b(B^X')).toEqual(['丂丄', 'X']);
    expect(nameOf('~ISO IR149', '\x1b$)C\xb1\xe8^\xc8\xf1')).toEqual(['김', '희']);
    expect(nameOf('~ISO IR58', '\x1b$)A\xcd\xf5^\xd0\xa1')).toEqual(['王', '小']);
  });

  it('is the feed’s default where MSH-18 says nothing, or only ASCII', () => {
    for (const label of ['', 'ASCII']) {
      expect(nameOf(label, 'M\xfcller', { defaultCharacterSet: '8859/1' })).toEqual(['Müller', undefined]);
      expect(nameOf(label, 'M\xfcller')).toEqual(['Müller', undefined]);
      expect(nameOf(label, '\x80')).toEqual(['€', undefined]);
      expect(nameOf(label, [...Buffer.from('Müller', 'utf8')])).toEqual(['Müller', undefined]);
    }
  });

  it.each(['UNICODE', 'UNICODE UTF-16', 'UTF-16', 'UTF16LE', 'UTF-32', 'utf8', 'UTF_8', 'ISO_IR 192'])(
    'is UTF-8 under the name %p where the bytes are',
    (label) => {
      expect(nameOf(label, [...Buffer.from('Müller^太郎', 'utf8')])).toEqual(['Müller', '太郎']);
    },
  );

  it('is the feed’s, else Windows-1252, where a name of Unicode stands over bytes that are none of it', () => {
    expect(nameOf('UNICODE', 'M\xfcller')).toEqual(['Müller', undefined]);
    expect(nameOf('UNICODE', [0xa3, 0xf3, 0x64], { defaultCharacterSet: '8859/2' })).toEqual([
      'Łód',
      undefined,
    ]);
  });

  it('is the feed’s where the name is not known', () => {
    expect(nameOf('KLINGON', 'M\xfcller', { defaultCharacterSet: '8859/1' })).toEqual(['Müller', undefined]);
    expect(nameOf('8859/1~KLINGON', 'M\xfcller', { defaultCharacterSet: '8859/1' })).toEqual([
      'Müller',
      undefined,
    ]);
  });

  it('can be fixed for a sender that states it wrongly', () => {
    expect(nameOf('UNICODE UTF-8', 'M\xfcller', { characterSet: '8859/1' })).toEqual(['Müller', undefined]);
  });

  it('is refused by name where it is not known', () => {
    expect(nameOf('KLINGON', '\xfc')).toMatchObject({
      code: 'hl7.unknown-character-set',
      conditionCode: '103',
    });
    expect(nameOf('8859/1~KLINGON', '\xfc')).toMatchObject({ code: 'hl7.unknown-character-set' });
    expect(nameOf('base64', '\xfc')).toMatchObject({ code: 'hl7.unknown-character-set' });
  });

  it.each(['utf-16le', 'utf-16be', 'utf-8'])('is seen by a byte-order mark of %s', (encoding) => {
    const text = '\ufeffMSH|^~\\&|A|B|C|D|20260307||ORM^O01|1|P|2.5.1||||||\rPID|1||||Müller^太郎\r';
    const bytes = characterSetOf(encoding)?.encode(text) ?? new Uint8Array();
    const parsed = parseMessage(bytes);
    expect(parsed.ok && parsed.value.value('PID-5.2')).toBe('太郎');
  });

  it.each(['UNICODE UTF-8', 'ISO IR87', 'GB18030'])('%s encodes what it decodes', (label) => {
    const characterSet = characterSetOf(label);
    const text = 'MSH|^~\\&|山田^太郎\rマウ|x\r';
    expect(characterSet?.decode(characterSet.encode(text))).toBe(text);
  });
});

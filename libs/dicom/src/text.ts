import { characterSets as knownSets, convertBytes } from 'dicom-character-set';
import type { PersonNameValue } from './dataset.js';
import { withoutSpaces } from './padding.js';
import { designatesUpperHalf, hasUndesignatedBytes } from './undesignated-bytes.js';

const ESCAPE = 0x1b;

/** Latin alphabet No. 9, which PS3.3 table C.12-2 to C.12-4 has of late and the package has not. */
const [ascii, latin9] = [
  knownSets['ISO 2022 IR 6']?.elements?.[0],
  { codeElement: 'G1', escapeSequence: [ESCAPE, 0x2d, 0x62], encoding: 'iso-8859-15', bytesPerCodePoint: 1 },
];
if (ascii)
  Object.assign(knownSets, {
    'ISO_IR 203': { encoding: latin9.encoding },
    'ISO 2022 IR 203': { extension: true, elements: [ascii, latin9] },
  });

/** All sets that ISO 2022 escapes can name (PS3.3 table C.12-3), for files that do not declare what they use. */
const ALL_EXTENSIONS = [6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 203, 13, 166, 87, 159, 149, 58].map(
  (number) => `ISO 2022 IR ${number}`,
);

/** Registrations that DICOM knows with code extensions only. */
const ONLY_EXTENSIONS = new Set(['87', '159', '149', '58']);
/** Multi-byte sets of G0, which never are the initial one: alone they stand behind the default repertoire. */
const NEVER_INITIAL = new Set(['ISO 2022 IR 87', 'ISO 2022 IR 159']);
/** Sets that stand alone (PS3.3 C.12.1.1.2). The bytes 80H to 9FH are controls in all others (PS3.5 section 6.1.3). */
const ALONE = new Set(['ISO_IR 192', 'GB18030', 'GBK']);
const KATAKANA = new Set(['ISO_IR 13', 'ISO 2022 IR 13']);
const DEFAULT_REPERTOIRE = new Set(['', 'ISO_IR 6', 'ISO 2022 IR 6']);
/** What decoders write for bytes they cannot read, and the filler of Hangul that they do not put together. */
const NOT_READ = /[\ufffd\u3164]/u;
/** What decoders write for cells to which a set gives no character: each vendor has its own there (gaiji). */
const NO_CHARACTER = /[\p{Co}\p{Cn}]/u;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const shiftJis = new TextDecoder('shift-jis', { fatal: true });
const latin1 = new TextDecoder('windows-1252');

/** Text of a value, and whether it is certain. */
export interface DecodedText {
  readonly text: string;
  /** The bytes fit no declared character set, so another reader may see other characters. */
  readonly guessed: boolean;
}

/**
 * Text of a value as Unicode, by the values of Specific Character Set (PS3.5 section 6.1, PS3.3 C.12.1.1.2);
 * never throws. Registered escape sequences say their set themselves, declared or not. Bytes that fit no
 * declared set are read as UTF-8 when they are that, else as Shift-JIS beside its half-width katakana, else as
 * Latin-1, and that is said.
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[], vr: string): DecodedText {
  if (isAscii(bytes)) return { text: asciiOf(bytes), guessed: false };
  const declared = declaredSets(characterSets);
  const escaped = bytes.includes(ESCAPE);
  if (declared.some((term) => !DEFAULT_REPERTOIRE.has(term))) {
    const text = attempt(declared, bytes, vr);
    if (text !== undefined) return { text, guessed: false };
  }
  if (escaped) {
    // The first set declared stays the initial one; the return to ASCII need not be declared at all.
    const initial = declared.slice(0, 1).map((term) => (ALONE.has(term) ? '' : term));
    const text = attempt([...initial, ...ALL_EXTENSIONS], bytes, vr);
    if (text !== undefined) return { text, guessed: false };
  }
  return { text: decodeUndeclared(bytes, declared), guessed: true };
}

/** A person name as its three component groups (PS3.5 section 6.2.1), empty groups left out. */
export function personNameOf(text: string): PersonNameValue {
  const [alphabetic, ideographic, ...others] = text.split('=').map(withoutSpaces);
  // A fourth group belongs to no name: it stays where the encoder meets it.
  const phonetic = others.join('=');
  return {
    ...(alphabetic ? { Alphabetic: alphabetic } : {}),
    ...(ideographic ? { Ideographic: ideographic } : {}),
    ...(phonetic ? { Phonetic: phonetic } : {}),
  };
}

/** Text of bytes that are known to be ASCII. */
function asciiOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** True of bytes that are the same text in every character set. */
export function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === ESCAPE) return false;
  return true;
}

/** Undefined where the sets are unknown, or any of the bytes is no character of theirs. */
function attempt(sets: readonly string[], bytes: Uint8Array, vr: string): string | undefined {
  const [first = ''] = sets;
  // It may be only the first one, which then counts alone; else it does not count at all.
  const effective = ALONE.has(first) ? [first] : sets.filter((set) => !ALONE.has(set));
  const text = ALONE.has(first) || fits(effective, bytes, vr) ? converted(effective, bytes, vr) : undefined;
  if (text === undefined || effective.length === sets.length || ALONE.has(first)) return text;
  const isOther = sets.some((set) => ALONE.has(set) && converted([set], bytes, vr) !== undefined);
  return isOther ? undefined : text;
}

/** False where a byte of the upper half is a control character, or of no set that is in effect there. */
function fits(sets: readonly string[], bytes: Uint8Array, vr: string): boolean {
  const [first = ''] = sets;
  if (bytes.some((byte) => byte >= 0x80 && byte < 0xa0)) return false;
  // JIS X 0201 has one byte for each character: what looks like two is Shift-JIS, which DICOM does not know.
  if (KATAKANA.has(first) && !designatesUpperHalf(bytes)) return bytes.every((byte) => byte < 0xe0);
  return !(sets.length > 1 && DEFAULT_REPERTOIRE.has(first) && hasUndesignatedBytes(bytes, vr));
}

function converted(sets: readonly string[], bytes: Uint8Array, vr: string): string | undefined {
  try {
    const isUtf8 = sets[0] === 'ISO_IR 192';
    const text = isUtf8 ? utf8.decode(bytes) : convertBytes(sets.join('\\'), bytes, { vr });
    const isWhole = !NOT_READ.test(text) && (isUtf8 || !NO_CHARACTER.test(text));
    // An escape sequence that is left in the text says that it was not followed.
    return isWhole && !text.includes(String.fromCharCode(ESCAPE)) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Empty values beyond the first one name no set. */
function declaredSets(characterSets: readonly string[]): string[] {
  const terms = characterSets.map(characterSetTerm).filter((term, at) => at === 0 || term !== '');
  return NEVER_INITIAL.has(terms[0] ?? '') ? ['', ...terms] : terms;
}

function decodeUndeclared(bytes: Uint8Array, declared: readonly string[]): string {
  for (const decoder of [utf8, ...(KATAKANA.has(declared[0] ?? '') ? [shiftJis] : [])]) {
    try {
      return decoder.decode(bytes);
    } catch {
      // The next one may read it.
    }
  }
  return latin1.decode(bytes);
}

/** Defined Terms as senders misspell them: `ISO-IR 100`, `ISO IR 192`, `ISO2022 IR 87`, `UTF-8`. */
function characterSetTerm(value: string): string {
  const term = value.trim().toUpperCase();
  const registered = /^ISO[ _-]?(2022)?[ _-]?IR[ _-]?(\d+)$/u.exec(term);
  if (registered) {
    const number = registered[2] as string;
    return registered[1] || ONLY_EXTENSIONS.has(number) ? `ISO 2022 IR ${number}` : `ISO_IR ${number}`;
  }
  if (/^UTF-?8$/u.test(term)) return 'ISO_IR 192';
  return /^ISO[ _-]?8859-1$/u.test(term) ? 'ISO_IR 100' : term;
}

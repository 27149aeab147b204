import { convertBytes } from 'dicom-character-set';
import type { PersonNameValue } from './dataset.js';

const ESCAPE = 0x1b;

/** All sets that ISO 2022 escapes can name (PS3.3 table C.12-3), for files that do not declare what they use. */
const ALL_EXTENSIONS = [6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 13, 166, 87, 159, 149, 58]
  .map((number) => `ISO 2022 IR ${number}`)
  .join('\\');

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('windows-1252');

/**
 * Text of a value as Unicode, by the values of Specific Character Set (PS3.5 section 6.1, PS3.3 C.12.1.1.2);
 * never throws. Bytes that fit no declared set are read as UTF-8 when they are that, else as Latin-1.
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[], vr: string): string {
  if (isAscii(bytes)) return asciiOf(bytes);
  const declared = characterSets.map(characterSetTerm);
  const escaped = bytes.includes(ESCAPE);
  if (declared.some((term) => term !== '' && term !== 'ISO_IR 6')) {
    const text = attempt(declared.join('\\'), bytes, vr);
    if (text !== undefined) return text;
  }
  if (escaped) {
    // The first set declared stays the initial one; the return to ASCII need not be declared at all.
    const text = attempt([...declared.slice(0, 1), ALL_EXTENSIONS].join('\\'), bytes, vr);
    if (text !== undefined) return text;
  }
  return decodeUndeclared(bytes);
}

/** A person name as its three component groups (PS3.5 section 6.2.1), empty groups left out. */
export function personNameOf(text: string): PersonNameValue {
  const [alphabetic, ideographic, phonetic] = text.split('=').map((group) => group.trim());
  return {
    ...(alphabetic ? { Alphabetic: alphabetic } : {}),
    ...(ideographic ? { Ideographic: ideographic } : {}),
    ...(phonetic ? { Phonetic: phonetic } : {}),
  };
}

/** Text of bytes that are known to be ASCII. */
export function asciiOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === ESCAPE) return false;
  return true;
}

function attempt(sets: string, bytes: Uint8Array, vr: string): string | undefined {
  try {
    return convertBytes(sets, bytes, { vr });
  } catch {
    return undefined;
  }
}

function decodeUndeclared(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/** Defined Terms as senders misspell them: `ISO-IR 100`, `ISO IR 192`, `ISO2022 IR 87`, `UTF-8`. */
function characterSetTerm(value: string): string {
  const term = value.trim().toUpperCase();
  const registered = /^ISO[ _-]?(2022)?[ _-]?IR[ _-]?(\d+)$/u.exec(term);
  if (registered) return registered[1] ? `ISO 2022 IR ${registered[2]}` : `ISO_IR ${registered[2]}`;
  if (/^UTF-?8$/u.test(term)) return 'ISO_IR 192';
  return /^ISO[ _-]?8859-1$/u.test(term) ? 'ISO_IR 100' : term;
}

import iconv from 'iconv-lite';

const ESC = 0x1b;
const CR = 0x0d;
const LF = 0x0a;

/** How the seven-bit bytes after an escape sequence are read. */
type Invoked = 'ascii' | 'katakana' | 'euc-jp' | 'euc-jp-supplement' | 'euc-kr' | 'gb2312';

/** What follows ESC (PS3.5 table C.12-3 and C.12-4, HL7 table 0211): into the seven-bit half. */
const lowHalf: Readonly<Record<string, Invoked>> = {
  '(B': 'ascii',
  '(J': 'ascii',
  '(I': 'katakana',
  $B: 'euc-jp',
  '$@': 'euc-jp',
  '$(B': 'euc-jp',
  '$(D': 'euc-jp-supplement',
  '$(C': 'euc-kr',
  $A: 'gb2312',
  '$(A': 'gb2312',
};

/** What follows ESC: into the eight-bit half. */
const highHalf: Readonly<Record<string, string>> = {
  ')I': 'shift_jis',
  '$)C': 'euc-kr',
  '$)A': 'gb2312',
  '-A': 'iso-8859-1',
  '-B': 'iso-8859-2',
  '-C': 'iso-8859-3',
  '-D': 'iso-8859-4',
  '-L': 'iso-8859-5',
  '-G': 'iso-8859-6',
  '-F': 'iso-8859-7',
  '-H': 'iso-8859-8',
  '-M': 'iso-8859-9',
  '-T': 'tis620',
};

const sequences: ReadonlySet<string> = new Set([...Object.keys(lowHalf), ...Object.keys(highHalf)]);

/**
 * Decodes text that switches character sets by ISO 2022 escape sequences, as `ISO IR87` messages do (iconv-lite
 * has no such decoder, and the platform's knows no JIS X 0212 and no eight-bit half). Every line begins in
 * ASCII again. Decoding comes before splitting, because bytes of a Kanji look like delimiters.
 *
 * @param base encoding of eight-bit bytes until an escape sequence names another
 */
export function decodeIso2022(bytes: Uint8Array, base: string): string {
  let text = '';
  let low: Invoked = 'ascii';
  let high = base;
  let start = 0;
  const flush = (end: number): void => {
    if (end > start) text += decodeRun(bytes.subarray(start, end), low, high);
  };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === ESC) {
      const sequence = sequenceAt(bytes, at + 1);
      if (sequence === undefined) continue;
      flush(at);
      low = lowHalf[sequence] ?? low;
      high = highHalf[sequence] ?? high;
      start = at + 1 + sequence.length;
      at = start - 1;
    } else if ((byte === CR || byte === LF) && low !== 'ascii') {
      flush(at);
      low = 'ascii';
      start = at;
    }
  }
  flush(bytes.length);
  return text;
}

function sequenceAt(bytes: Uint8Array, at: number): string | undefined {
  // Every sequence begins in one of ( ) $ -.
  const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  if (second === undefined || !(first === 0x28 || first === 0x29 || first === 0x24 || first === 0x2d)) {
    return undefined;
  }
  const short = String.fromCharCode(first, second);
  if (sequences.has(short)) return short;
  const long = third === undefined ? short : short + String.fromCharCode(third);
  return sequences.has(long) ? long : undefined;
}

function decodeRun(run: Uint8Array, low: Invoked, high: string): string {
  if (low === 'ascii') return iconv.decode(Buffer.from(run), high);
  if (low === 'katakana') {
    const halfWidth = (byte: number): number => (byte > 0x20 && byte < 0x60 ? 0xff40 + byte : byte);
    return Array.from(run, (byte) => String.fromCodePoint(halfWidth(byte))).join('');
  }
  if (low === 'euc-jp-supplement') return iconv.decode(Buffer.from(pairs(run, [0x8f])), 'euc-jp');
  return iconv.decode(Buffer.from(pairs(run, [])), low);
}

/** Lifts pairs of seven-bit bytes into the eight-bit half, where the EUC encodings keep them. */
function pairs(run: Uint8Array, prefix: readonly number[]): number[] {
  const lifted: number[] = [];
  for (let at = 0; at < run.length; at += 2) {
    const second = run[at + 1];
    if (second === undefined) return [...lifted, run[at] as number];
    lifted.push(...prefix, (run[at] as number) | 0x80, second | 0x80);
  }
  return lifted;
}

/** Encodes text in ASCII and, by escape sequences, JIS X 0208 and JIS X 0212; what neither holds becomes `?`. */
export function encodeIso2022(text: string): Uint8Array {
  const bytes: number[] = [];
  let current = '(B';
  const invoke = (sequence: string): void => {
    if (sequence === current) return;
    bytes.push(ESC, ...Buffer.from(sequence, 'latin1'));
    current = sequence;
  };
  for (const character of text) {
    const euc = iconv.encode(character, 'euc-jp');
    if (euc.length === 2 && (euc[0] as number) >= 0xa1) {
      invoke('$B');
      bytes.push((euc[0] as number) & 0x7f, (euc[1] as number) & 0x7f);
    } else if (euc.length === 3) {
      invoke('$(D');
      bytes.push((euc[1] as number) & 0x7f, (euc[2] as number) & 0x7f);
    } else {
      invoke('(B');
      bytes.push(euc.length === 1 ? (euc[0] as number) : 0x3f);
    }
  }
  invoke('(B');
  return Uint8Array.from(bytes);
}

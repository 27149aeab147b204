import iconv from 'iconv-lite';

/** A character set that files may state text in with code extensions (PS3.3 table C.12-3). */
interface Repertoire {
  readonly escape: string;
  readonly encoding: string;
  /** Of the bytes of the encoding those that the set has, as they stand in a file; undefined for another set's. */
  readonly bytesOf?: (bytes: string) => string | undefined;
  /** Stands where ASCII does, which has to be called back. */
  readonly isG0?: boolean;
}

const sevenBit = (bytes: string) =>
  Array.from(bytes, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f)).join('');
const pair = (bytes: string) => (/^[\xa1-\xfe]{2}$/u.test(bytes) ? bytes : undefined);
const single = (escape: string, encoding: string): Repertoire => ({ escape: `\x1b${escape}`, encoding });

const repertoires: readonly Repertoire[] = [
  single('-A', 'iso-8859-1'),
  single('-B', 'iso-8859-2'),
  single('-C', 'iso-8859-3'),
  single('-D', 'iso-8859-4'),
  single('-L', 'iso-8859-5'),
  single('-G', 'iso-8859-6'),
  single('-F', 'iso-8859-7'),
  single('-H', 'iso-8859-8'),
  single('-M', 'iso-8859-9'),
  single('-b', 'iso-8859-15'),
  single('-T', 'tis-620'),
  { ...single(')I', 'shift_jis'), bytesOf: (bytes) => (/^[\xa1-\xdf]$/u.test(bytes) ? bytes : undefined) },
  {
    ...single('$B', 'euc-jp'),
    bytesOf: (bytes) => (pair(bytes) ? sevenBit(bytes) : undefined),
    isG0: true,
  },
  {
    ...single('$(D', 'euc-jp'),
    bytesOf: (bytes) => (/^\x8f[\xa1-\xfe]{2}$/u.test(bytes) ? sevenBit(bytes.slice(1)) : undefined),
    isG0: true,
  },
  { ...single('$)C', 'euc-kr'), bytesOf: pair },
  { ...single('$)A', 'gbk'), bytesOf: pair },
];

/** Encodings without code extensions: those of DICOM, and what Windows takes for ISO_IR 100. */
const alone = ['utf-8', 'gb18030', 'windows-1252'];
/** What calls ASCII back, or the Roman letters of JIS X 0201. */
const returns = ['\x1b(B', '\x1b(J'];

type Placement = 'at every run' | 'at every change' | 'first of all';
const placements: readonly Placement[] = ['at every run', 'at every change', 'first of all'];

/** The bytes of a character in each set that has it; undefined of one of ASCII. */
type Spelling = ReadonlyMap<Repertoire, string> | undefined;

/**
 * The bytes by which a file may state a text that has characters beyond ASCII, each as one character of Latin-1: in
 * UTF-8, GB18030 and Windows-1252, and in every set that has them with code extensions (PS3.5 section 6.1, PS3.3
 * C.12.1.1.2), escape sequences where senders put them. Without these they are what a file states that has the one set.
 */
export function writingsOf(text: string): string[] {
  const characters = Array.from(text, (character): [string, Spelling] => [character, spellingOf(character)]);
  const whole = alone.flatMap((encoding) => encoded(text, encoding) ?? []);
  const extended = repertoires
    .filter((preferred) => characters.some(([, spelling]) => spelling?.has(preferred)))
    .flatMap((preferred) => {
      const backs = preferred.isG0 ? returns : returns.slice(0, 1);
      return placements.flatMap((placement) =>
        backs.flatMap((back) => written(characters, preferred, placement, back) ?? []),
      );
    });
  return [...new Set([...whole, ...extended])];
}

function encoded(text: string, encoding: string): string | undefined {
  const bytes = iconv.encode(text, encoding);
  return iconv.decode(bytes, encoding) === text ? bytes.toString('latin1') : undefined;
}

function spellingOf(character: string): Spelling {
  if (character <= '\x7f') return undefined;
  return new Map(
    repertoires.flatMap((each): [Repertoire, string][] => {
      const whole = encoded(character, each.encoding);
      const bytes = whole !== undefined && each.bytesOf ? each.bytesOf(whole) : whole;
      return bytes === undefined ? [] : [[each, bytes]];
    }),
  );
}

/** Undefined where no set has one of the characters. */
function written(
  characters: readonly [string, Spelling][],
  preferred: Repertoire,
  placement: Placement,
  back: string,
): string | undefined {
  let bytes = '';
  /** In the upper half, where a set stays until another is called. */
  let upper: Repertoire | undefined;
  let last: Repertoire | undefined;
  for (const [character, spelling] of characters) {
    const set = spelling?.has(preferred) ? preferred : spelling?.keys().next().value;
    if (spelling && !set) return undefined;
    if (last?.isG0 && last !== set) bytes += back;
    const active = placement === 'at every run' || set?.isG0 ? last : upper;
    if (set && active !== set) {
      const isFirst = placement === 'first of all' && !upper && !set.isG0;
      bytes = isFirst ? set.escape + bytes : bytes + set.escape;
    }
    if (set && !set.isG0) upper = set;
    bytes += set ? (spelling?.get(set) ?? '') : character;
    last = set;
  }
  return last?.isG0 ? bytes + back : bytes;
}

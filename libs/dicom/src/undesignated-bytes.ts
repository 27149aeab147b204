const ESCAPE = 0x1b;
/** Control characters that end the effect of code extensions in every value, and delimiters that do so in some. */
const LINE_ENDS = [0x09, 0x0a, 0x0c, 0x0d];
const BACKSLASH = 0x5c;
const NAME_DELIMITERS = [0x3d, 0x5e];
const SINGLE_VALUED = new Set(['LT', 'ST', 'UT']);

/**
 * True when a byte of the upper half stands where no character set of it (a G1 set) is in effect: the default
 * repertoire has none, an escape sequence brings one, and each delimiter takes it away again (PS3.5 sections
 * 6.1.2.5.3 and 6.1.2.5.4).
 */
export function hasUndesignatedBytes(bytes: Uint8Array, vr: string): boolean {
  const delimiters = [
    ...LINE_ENDS,
    ...(SINGLE_VALUED.has(vr) ? [] : [BACKSLASH]),
    ...(vr === 'PN' ? NAME_DELIMITERS : []),
  ];
  let upperHalf = false;
  let twoBytes = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === ESCAPE) {
      const escape = designation(bytes, at);
      if (escape.half === 'upper') upperHalf = true;
      else twoBytes = escape.twoBytes;
      at += escape.length - 1;
    } else if (byte >= 0x80) {
      if (!upperHalf) return true;
    } else if (twoBytes) {
      at += 1;
    } else if (delimiters.includes(byte)) {
      upperHalf = false;
    }
  }
  return false;
}

/** True when an escape sequence brings any set of the upper half. */
export function designatesUpperHalf(bytes: Uint8Array): boolean {
  return bytes.some((byte, at) => byte === ESCAPE && designation(bytes, at).half === 'upper');
}

/** Which half of the code table an escape sequence sets (ISO 2022): `ESC - F`, `ESC ) F` and `ESC $ ) F` the upper. */
function designation(bytes: Uint8Array, at: number) {
  const [first, second] = [bytes[at + 1], bytes[at + 2]];
  const twoBytes = first === 0x24;
  const half = [0x29, 0x2d].includes((twoBytes ? second : first) ?? 0) ? 'upper' : 'lower';
  const intermediate = twoBytes && (second === 0x28 || second === 0x29);
  return { half, twoBytes, length: intermediate ? 4 : 3 } as const;
}

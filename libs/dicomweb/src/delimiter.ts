const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
/** Spaces that a transport may add after a delimiter (RFC 2046 section 5.1.1). */
const PADDING_LIMIT = 256;

/** A delimiter line: the content ends before it, what follows begins at `next`. */
export interface DelimiterLine {
  readonly contentEnd: number;
  readonly next: number;
  readonly closing: boolean;
}

/** `more`: the bytes so far do not tell yet. */
export type DelimiterMatch = DelimiterLine | 'none' | 'more';

/**
 * `crlf`: two bytes before it; `any-break`: a bare line feed will do; `optional`: nothing need stand before;
 * `optional-any`: nothing need, and a bare line feed is no content.
 */
export type BreakRule = 'crlf' | 'any-break' | 'optional' | 'optional-any';

/**
 * Judges whether the text of a delimiter found at `at` is a delimiter line: what stands before it, and that
 * the line ends after it, so that a boundary which is the beginning of other data is not taken for one.
 *
 * @param final no more bytes will come
 */
export function delimiterAt(
  view: Buffer,
  at: number,
  delimiter: Buffer,
  rule: BreakRule,
  final: boolean,
): DelimiterMatch {
  const contentEnd = contentEndBefore(view, at, rule);
  if (contentEnd === undefined) return 'none';
  const after = at + delimiter.length;
  if (view.length < after + 2 && !final) return 'more';
  if (view[after] === DASH && view[after + 1] === DASH) {
    if (view.length === after + 2 && !final) return 'more';
    return endsLine(view[after + 2]) ? { contentEnd, next: after + 2, closing: true } : 'none';
  }
  const lineEnd = lineEndAfter(view, after);
  if (lineEnd === 'more') return final ? 'none' : 'more';
  return lineEnd === 'none' ? 'none' : { contentEnd, next: lineEnd, closing: false };
}

function contentEndBefore(view: Buffer, at: number, rule: BreakRule): number | undefined {
  if (at === 0) return 0;
  if (view[at - 1] === LF && view[at - 2] === CR) return at - 2;
  if (view[at - 1] === LF && (rule === 'any-break' || rule === 'optional-any')) return at - 1;
  return rule === 'optional' || rule === 'optional-any' ? at : undefined;
}

function endsLine(byte: number | undefined): boolean {
  return byte === undefined || byte === CR || byte === LF || byte === 0x20 || byte === 0x09;
}

function lineEndAfter(view: Buffer, start: number): number | 'none' | 'more' {
  let at = start;
  while (at - start < PADDING_LIMIT && (view[at] === 0x20 || view[at] === 0x09)) at += 1;
  if (at >= view.length) return 'more';
  if (view[at] === LF) return at + 1;
  if (view[at] !== CR) return 'none';
  if (at + 1 >= view.length) return 'more';
  return view[at + 1] === LF ? at + 2 : 'none';
}

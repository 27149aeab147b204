import { dicomwebError } from './errors.js';

/** Headers of one body part, names in lower case. */
export type PartHeaders = ReadonlyMap<string, string>;

/** Reads the header block of a body part: names in any case, folded lines joined, odd lines passed over. */
export function parsePartHeaders(block: Buffer): PartHeaders {
  const headers = new Map<string, string>();
  const unfolded = block.toString('latin1').replaceAll(/\r?\n[ \t]+/gu, ' ');
  for (const line of unfolded.split(/\r?\n/u)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

/** Where the header block ends and the content begins, or undefined when the end is not there yet. */
export function findHeaderEnd(
  buffer: Buffer,
  start: number,
  limit: number,
): { end: number; content: number } | undefined {
  // A part without headers begins with the empty line itself.
  if (buffer[start] === 0x0a) return { end: start, content: start + 1 };
  if (buffer[start] === 0x0d && buffer[start + 1] === 0x0a) return { end: start, content: start + 2 };
  const window = buffer.subarray(start, start + limit + 4);
  const crlf = window.indexOf('\r\n\r\n', 0, 'latin1');
  const lf = window.indexOf('\n\n', 0, 'latin1');
  if (lf >= 0 && (crlf < 0 || lf < crlf)) return { end: start + lf, content: start + lf + 2 };
  if (crlf >= 0) return { end: start + crlf, content: start + crlf + 4 };
  if (buffer.length - start > limit) {
    throw dicomwebError('dicomweb.malformed-answer', 'the headers of a body part do not end');
  }
  return undefined;
}

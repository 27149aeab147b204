/**
 * The segments of a message as lines. Segments end in CR; LF and CRLF are taken as well. Where CR is in use, a
 * lone LF may also be a line break that the sender forgot to escape: what follows it and is no segment goes
 * on with the line before.
 *
 * @returns undefined when a line that is no segment follows a segment end
 */
export function segmentLines(text: string, fieldSeparator: string): string[] | undefined {
  const usesCr = text.includes('\r');
  const lines: string[] = [];
  for (const ended of text.split(usesCr ? /\r\n|\r/u : '\n')) {
    const pieces = usesCr ? ended.split('\n') : [ended];
    for (const [index, piece] of pieces.entries()) {
      if (piece.trim() === '') continue;
      if (isSegment(piece, fieldSeparator)) lines.push(piece);
      else if (index > 0 && lines.length > 0) lines.push(`${lines.pop()} ${piece}`);
      else return undefined;
    }
  }
  return lines;
}

function isSegment(line: string, fieldSeparator: string): boolean {
  return (
    /^[A-Z][A-Z0-9]{2}$/u.test(line.slice(0, 3)) &&
    (line.trimEnd().length === 3 || line[3] === fieldSeparator)
  );
}

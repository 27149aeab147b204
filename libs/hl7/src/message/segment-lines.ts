/** Segments of text that people wrote: a line break in it may stand there unescaped. */
const ofText = /^(?:OBX|NTE)/u;
/** Segments with fields of such text (reason for study, address) between others. */
const withText = /^(?:PID|PV1|ORC|OBR)/u;
/** Segments without which an order would be another one, or nobody's. */
const ofOrders: ReadonlySet<string> = new Set([
  'MSH',
  'PID',
  'ORC',
  'OBR',
  'OBX',
  'IPC',
  'ZDS',
  'MRG',
  'TXA',
]);

/**
 * The segments of a message as lines. Segments end in CR; LF and CRLF are taken as well. Where CR is in use, a
 * lone LF may also be a line break that the sender forgot to escape: what follows it and is no segment goes
 * on with the line before. So does any line that is no segment after one of text (OBX, NTE), or with fields of text
 * (PID, PV1, ORC, OBR), unless it looks like a segment that is written wrong: a report or a cancellation that is refused
 * for a line break would count for nobody.
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
      else if (lines.length > 0 && (index > 0 || goesOn(lines.at(-1) ?? '', piece, fieldSeparator)))
        lines.push(`${lines.pop()} ${piece}`);
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

/** Whether a line goes on with the text of the segment before, and is not a segment of a wrong name. */
function goesOn(before: string, line: string, fieldSeparator: string): boolean {
  const [name = '', ...fields] = line.trim().split(fieldSeparator);
  const isMisspelt = fields.length > 0 && ofOrders.has(name.toUpperCase());
  // Beside other fields, what has the shape of a segment under no known name may be one that was written wrong.
  const isShaped = fields.length > 0 && name.length === 3;
  return ofText.test(before) ? !isMisspelt : withText.test(before) && !isMisspelt && !isShaped;
}

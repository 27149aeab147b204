import { keywordWords } from '@prelector/dicom';

/** A number as people write it: at most `decimals` places, no trailing zeros. */
export function plainNumber(value: number, decimals = 3): string {
  return String(Number(value.toFixed(decimals)));
}

/**
 * A number beside the limits that it was compared with: of as few places, `decimals` or more, as leave it on the side of
 * each on which it is, so that no sentence says 1.5 of 1.5004 where at most 1.5 was wanted.
 */
export function numberBeside(value: number, limits: readonly (number | undefined)[], decimals = 3): string {
  const given = limits.filter((limit) => limit !== undefined);
  for (let places = decimals; places <= 20; places++) {
    const written = Number(value.toFixed(places));
    if (given.every((limit) => Math.sign(written - limit) === Math.sign(value - limit)))
      return String(written);
  }
  return String(value);
}

/** `Slice thickness` from `SliceThickness`, `Irradiation event UID` from `IrradiationEventUID`, `KVP` from `KVP`. */
export function wordsOfKeyword(keyword: string): string {
  const [first = '', ...others] = keywordWords(keyword).split(' ');
  const rest = others.map((word) => (/^[A-Z]{2,}$/u.test(word) ? word : word.toLowerCase()));
  return [/^[A-Z]+$/u.test(first) ? first : first.charAt(0) + first.slice(1).toLowerCase(), ...rest].join(
    ' ',
  );
}

/** Text of a source image made fit for a report line: one line, no more than `most` characters. */
export function oneLine(text: string, most = 64): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** The distinct values joined by commas; long lists are cut and say so. */
export function listed(values: readonly string[], most = 5): string {
  const distinct = [...new Set(values)];
  const shown = distinct.slice(0, most).map((value) => oneLine(value));
  const rest = distinct.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}

/** Distinct sentences of ours as one, none of them cut; beyond `most` only their number is told. */
export function together(sentences: readonly string[], most = 4): string {
  const distinct = [...new Set(sentences)];
  const rest = distinct.length - most;
  return [...distinct.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

import type { DestinationStream } from 'pino';

/** Turns lines of JSON into lines for people: time, level, message, fields. */
export function prettyLines(sink: DestinationStream): DestinationStream {
  return { write: (line) => sink.write(`${shown(prettyLine(line.trimEnd()))}\n`) };
}

/** Control and format characters by their number: sent to a terminal they could rewrite what it shows. */
const shown = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );

function prettyLine(line: string): string {
  try {
    const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const clock = String(time).slice(11, 23);
    const rest = Object.entries(fields).map(([key, value]) => `${key}=${textOf(value)}`);
    return [clock, String(level).padEnd(5), String(message), ...rest].join(' ');
  } catch {
    return line;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

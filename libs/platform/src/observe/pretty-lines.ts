import type { DestinationStream } from 'pino';

/** Turns lines of JSON into lines for people: time, level, message, fields. */
export function prettyLines(sink: DestinationStream): DestinationStream {
  return { write: (line) => sink.write(prettyLine(line)) };
}

function prettyLine(line: string): string {
  try {
    const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const clock = String(time).slice(11, 23);
    const rest = Object.entries(fields).map(([key, value]) => `${key}=${textOf(value)}`);
    return `${[clock, String(level).padEnd(5), String(message), ...rest].join(' ')}\n`;
  } catch {
    return line;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
